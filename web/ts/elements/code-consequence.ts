// What a change of the codebook would do, shown before it is made: the
// server's part in a dialog. A link with data-consequence opens it; what is
// chosen in it (data-again) asks anew. Without script it is a page.
import { renew } from "../lib/change";
import { fetchPage } from "../lib/parts";
import htmx from "htmx.org";

let opener: HTMLElement | null = null;

// openConsequence shows the part at an address. It tells whether there was a
// place for it.
export async function openConsequence(address: string, focus = ""): Promise<boolean> {
  const dialog = document.getElementById("consequence-dialog") as HTMLDialogElement | null;
  if (!dialog) return false;
  if (!dialog.open && document.activeElement instanceof HTMLElement) opener = document.activeElement;
  const reason = dialog.querySelector<HTMLTextAreaElement>("#deed-reason")?.value ?? "";
  dialog.setAttribute("aria-busy", "true");
  const page = await fetchPage(address);
  dialog.removeAttribute("aria-busy");
  const card = page?.getElementById("consequence-card");
  const place = document.getElementById("consequence-card");
  if (!card || !place) return true;
  place.replaceWith(card);
  renew(card);
  htmx.process(card);
  const field = card.querySelector<HTMLTextAreaElement>("#deed-reason");
  if (field && dialog.open) field.value = reason;
  if (!dialog.open) dialog.showModal();
  (document.getElementById(focus) ?? card.querySelector<HTMLElement>("[autofocus]:not(:disabled), select"))?.focus();
  return true;
}

// asksFirst shows what a move would do where an approval would fall by it, and tells whether it did: then the person decides there. A
// move that costs no approval is made at once.
export async function asksFirst(address: string): Promise<boolean> {
  if (!document.getElementById("consequence-dialog")) return false;
  const page = await fetchPage(address);
  return page?.querySelector("#consequence-card [data-turned]") ? openConsequence(address) : false;
}

document.addEventListener("click", (e) => {
  if (!(e.target instanceof Element) || e.defaultPrevented || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
  const link = e.target.closest<HTMLAnchorElement>("a[data-consequence]");
  if (!link || !document.getElementById("consequence-dialog")) return;
  e.preventDefault();
  void openConsequence(link.href);
});

document.addEventListener("change", (e) => {
  const field = e.target;
  if (!(field instanceof HTMLSelectElement || field instanceof HTMLInputElement) || !field.closest("#consequence-card") || !field.dataset["again"]) return;
  const [path, query] = field.dataset["again"].split("?");
  const asked = new URLSearchParams(query);
  asked.set(field.name, field.value);
  const address = `${path}?${asked}`;
  if (field.closest("dialog")) void openConsequence(address, field.id);
  else location.assign(address);
});

// The focus goes back to where the deed was asked for, unless the part that
// it stood in is drawn again: then whoever draws it says.
document.addEventListener(
  "close",
  (e) => {
    if (!(e.target instanceof HTMLDialogElement) || e.target.id !== "consequence-dialog") return;
    document.getElementById("consequence-card")?.replaceChildren();
    if (opener?.isConnected) opener.focus({ preventScroll: true });
  },
  true,
);
