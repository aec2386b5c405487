// <file-preview>: reads the file again when a reading option changes, and
// shows pseudonyms in the turns while they are typed.
import htmx from "htmx.org";

class FilePreview extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("change", (e) => {
      if (e.target instanceof Element && e.target.matches(".reading-option")) htmx.trigger("#preview-reading", "reread");
    });
    this.addEventListener("input", (e) => {
      if (e.target instanceof HTMLInputElement && e.target.dataset["name"]) this.put(e.target);
    });
    document.addEventListener("htmx:after:swap", this.all);
    this.all();
  }

  disconnectedCallback(): void {
    document.removeEventListener("htmx:after:swap", this.all);
  }

  private all = (): void => {
    for (const f of this.querySelectorAll<HTMLInputElement>("input[data-name]")) this.put(f);
    const unread = this.querySelector("#preview-reading [data-unreadable]") !== null;
    for (const b of this.querySelectorAll<HTMLButtonElement>(".panel-foot button")) b.disabled = unread;
  };

  private put(field: HTMLInputElement): void {
    for (const m of this.querySelectorAll<HTMLElement>(`mark[data-name="${CSS.escape(field.dataset["name"] ?? "")}"]`)) {
      m.textContent = field.value.trim() || m.dataset["was"] || "";
      m.classList.toggle("put", field.value.trim() !== "");
    }
  }
}

customElements.define("file-preview", FilePreview);
