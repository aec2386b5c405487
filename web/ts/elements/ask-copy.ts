// <ask-copy>: copies a text that the server makes. Its link leads to that text
// where there is no script.
import { toast } from "../lib/toast";

class AskCopy extends HTMLElement {
  connectedCallback(): void {
    const link = this.querySelector("a")!;
    const button = this.querySelector("button")!;
    link.hidden = true;
    button.hidden = false;
    button.addEventListener("click", () => void this.copy(button));
  }

  private async copy(button: HTMLButtonElement): Promise<void> {
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(this.dataset["from"]!, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const text = (await answer.text()).trimEnd();
      if (!(await put(text))) throw new Error("clipboard");
      toast(this.dataset["copied"] ?? "");
    } catch {
      toast(this.dataset["failed"] ?? "", "bad");
    } finally {
      button.removeAttribute("aria-busy");
    }
  }
}

// put writes to the clipboard. Its own API is not there over plain http: there a copy of nothing is filled in.
async function put(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const fill = (e: ClipboardEvent) => {
      e.clipboardData?.setData("text/plain", text);
      e.preventDefault();
    };
    document.addEventListener("copy", fill, { once: true });
    const done = document.execCommand("copy");
    document.removeEventListener("copy", fill);
    return done;
  }
}

customElements.define("ask-copy", AskCopy);
