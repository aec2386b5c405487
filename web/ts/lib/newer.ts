// Two people edited the same text. The form that was refused is brought up to
// date: what its person did not touch takes the newer words, what both changed
// stays as typed, with the newer words beside it. Sending it again is then
// meant.
type Field = HTMLInputElement | HTMLTextAreaElement;

const fieldsOf = (form: HTMLFormElement): Field[] =>
  Array.from(form.elements).filter((f): f is Field => (f instanceof HTMLTextAreaElement || (f instanceof HTMLInputElement && !["radio", "checkbox", "hidden"].includes(f.type))) && f.name !== "");

// meet takes the page as it is now and gives the newer words that were not
// taken over, as a list to show; null where there are none.
export function meet(form: HTMLFormElement, page: Document): HTMLElement | null {
  const now = Array.from(page.forms).find((f) => f.getAttribute("action") === form.getAttribute("action") && f.elements.namedItem("rev"));
  const rev = now?.elements.namedItem("rev"), mine = form.elements.namedItem("rev");
  if (!now || !(rev instanceof HTMLInputElement) || !(mine instanceof HTMLInputElement)) return null;
  mine.value = rev.value;
  const list = document.createElement("dl");
  list.className = "told";
  for (const f of fieldsOf(form)) {
    const newer = fieldsOf(now).find((n) => n.name === f.name)?.value;
    if (newer === undefined || newer === f.defaultValue) continue;
    const typed = f.value !== f.defaultValue && f.value !== newer;
    if (!typed) f.value = newer;
    f.defaultValue = newer;
    if (!typed) continue;
    const name = document.createElement("dt"), words = document.createElement("dd");
    name.textContent = f.labels?.[0]?.textContent ?? f.getAttribute("aria-label") ?? "";
    words.textContent = newer === "" ? "—" : newer;
    words.dir = "auto";
    list.append(name, words);
  }
  const colour = now.querySelector<HTMLInputElement>("input[type=radio][name=colour]:checked");
  const radios = Array.from(form.querySelectorAll<HTMLInputElement>("input[type=radio][name=colour]"));
  if (colour && radios.every((r) => r.checked === r.defaultChecked)) for (const r of radios) r.checked = r.defaultChecked = r.value === colour.value;
  return list.childElementCount > 0 ? list : null;
}
