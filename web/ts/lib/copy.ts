// Buttons that copy: data-copy is the text, or #id of a field that holds it.
import { toast, word } from "./toast";

export function followCopies(): void {
  for (const b of document.querySelectorAll<HTMLElement>("[data-copy][hidden]")) b.hidden = false;
  document.addEventListener("click", (e) => {
    const b = e.target instanceof Element ? e.target.closest<HTMLElement>("[data-copy]") : null;
    if (b) void copy(b.dataset["copy"] ?? "");
  });
}

async function copy(what: string): Promise<void> {
  const field = what.startsWith("#") ? (document.querySelector(what) as HTMLInputElement | null) : null;
  try {
    await navigator.clipboard.writeText(field ? field.value : what);
    toast(word("copied"));
  } catch {
    // Over plain http there is no clipboard: select, so that Ctrl C does it.
    field?.focus();
    field?.select();
    if (field && document.execCommand("copy")) toast(word("copied"));
  }
}
