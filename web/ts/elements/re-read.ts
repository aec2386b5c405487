// <re-read data-parts="ids">: a form whose fields with data-option say how
// something is to be read. When one of them changes, the parts are drawn again
// by the server with all of them in the address, so that the page can be
// loaded again as it stands, and what would happen is said to screen readers.
// Without script the form has a button for that.
import { refresh } from "../lib/parts";

class ReRead extends HTMLElement {
  private asked = 0;
  private status = document.createElement("p");

  connectedCallback(): void {
    this.status.className = "away";
    this.status.setAttribute("role", "status");
    this.after(this.status);
    this.addEventListener("change", (e) => {
      if (e.target instanceof Element && e.target.matches("[data-option]")) void this.again();
    });
  }

  private async again(): Promise<void> {
    const form = this.querySelector("form");
    if (!form) return;
    const options = new Set(Array.from(form.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[data-option]"), (f) => f.name));
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (options.has(name) && typeof value === "string") query.append(name, value);
    const address = `${location.pathname}?${query}`;
    history.replaceState(history.state, "", address);
    const turn = ++this.asked;
    this.setAttribute("aria-busy", "true");
    // What was typed comes along where it is still asked for.
    const typed = () => Array.from(form.querySelectorAll<HTMLInputElement>("input:read-write:not([data-option])"));
    let kept = new Map<string, string>();
    // An answer to what was chosen before would take back what was chosen since.
    await refresh((this.dataset["parts"] ?? "").split(" "), address, false, () => {
      kept = new Map(typed().map((f) => [f.name, f.value]));
      return turn === this.asked;
    });
    for (const f of typed()) f.value = kept.get(f.name) ?? f.value;
    if (turn !== this.asked) return;
    this.removeAttribute("aria-busy");
    this.status.textContent = Array.from(this.querySelectorAll(".bring-sums span"), (s) => s.textContent).join(", ");
  }
}

// <go-on>: the page of a form that is not done yet sends itself again.
class GoOn extends HTMLElement {
  connectedCallback(): void {
    // After the forms of the page are followed, so that the button shows that it works.
    setTimeout(() => this.querySelector("form")?.requestSubmit(), 0);
  }
}

customElements.define("re-read", ReRead);
customElements.define("go-on", GoOn);
