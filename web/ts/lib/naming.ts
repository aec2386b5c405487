// Names of codes, themes and documents, offered while somebody writes [[ in a field for memos, as a combobox does after WAI-ARIA: the
// focus stays in the field, the arrows choose in the list. The list is fetched when it is first needed.
import { find } from "../coding/match";

/** What the list says. */
export interface NamingWords {
  names: string; // of the list
  found: string; // with {n}
  code: string;
  theme: string;
  document: string;
}

type Row = [kind: "code" | "theme" | "document", name: string, above: string, write: string];

const most = 12;
const fresh = 20_000; // ms for which what was fetched is used again
const kept = new Map<string, { at: number; rows: Promise<Row[]> }>();
const followed = new WeakSet<HTMLTextAreaElement>();
let lists = 0;

function rows(address: string): Promise<Row[]> {
  const had = kept.get(address);
  if (had && performance.now() - had.at < fresh) return had.rows;
  const all = fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } })
    .then((r) => (r.ok ? r.json() : Promise.reject(new Error(String(r.status)))))
    .then((j: { names: Row[] }) => j.names);
  kept.set(address, { at: performance.now(), rows: all });
  all.catch(() => kept.delete(address));
  return all;
}

/** The letters after [[ before the cursor, and where the brackets begin; nothing where there are none, or a turn is being written. */
export function begun(before: string): { query: string; from: number } | undefined {
  const m = /\[\[([^[\]\n]{0,200})$/.exec(before);
  return m && !/#t?\d*$/.test(m[1]) ? { query: m[1], from: m.index } : undefined;
}

/** Offers names in a field, once. Its own keys come before those of whoever listens later. */
export function offerNames(area: HTMLTextAreaElement, address: string, words: NamingWords): void {
  if (followed.has(area)) return;
  followed.add(area);
  // Several rows may not have the role of a combobox (ARIA in HTML), so it is a text box that has everything else of one.
  area.setAttribute("aria-autocomplete", "list");
  const id = `memo-names-${++lists}`;
  const list = document.createElement("div");
  list.className = "memo-names";
  list.id = id;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words.names);
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  said.className = "away surface-away";
  let shown: Row[] = [];
  let active = 0;
  let open = false;
  let closed = -1; // where the brackets begin that Escape was pressed in
  let asked = 0;
  let query = ""; // that shown answers

  const close = () => {
    if (!open) return;
    open = false;
    list.remove();
    said.textContent = "";
    for (const a of ["aria-controls", "aria-activedescendant"]) area.removeAttribute(a);
    window.removeEventListener("scroll", place, true);
  };
  const place = () => {
    const r = area.getBoundingClientRect();
    const below = r.bottom + 2 + list.offsetHeight <= innerHeight;
    list.style.setProperty("top", `${Math.max(4, below ? r.bottom + 2 : r.top - 2 - list.offsetHeight)}px`);
    list.style.setProperty("left", `${Math.max(4, Math.min(r.left, innerWidth - list.offsetWidth - 8))}px`);
  };
  const mark = () => {
    [...list.querySelectorAll('[role="option"]')].forEach((el, i) => {
      el.setAttribute("aria-selected", String(i === active));
      if (i !== active) return;
      area.setAttribute("aria-activedescendant", el.id);
      el.scrollIntoView({ block: "nearest" });
    });
  };
  const take = (row: Row) => {
    const at = begun(area.value.slice(0, area.selectionStart));
    close();
    if (!at) return;
    const stop = area.selectionStart + (area.value.startsWith("]]", area.selectionStart) ? 2 : 0);
    area.setRangeText(`[[${row[3]}]]`, at.from, stop, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  };
  const look = async () => {
    const at = area.selectionStart === area.selectionEnd ? begun(area.value.slice(0, area.selectionStart)) : undefined;
    if (!at || at.from === closed) {
      if (!at) closed = -1;
      return close();
    }
    const mine = ++asked;
    let all: Row[];
    try {
      all = await rows(address);
    } catch {
      return close(); // one writes the name oneself
    }
    if (mine !== asked || document.activeElement !== area) return;
    const named = all.map((row, i) => ({ id: i, name: row[1], theme: row[2], definition: "", row }));
    const answers = at.query.trim() ? find(at.query, named, most) : named.slice(0, most).map((item) => ({ item, score: 0, at: [] as number[] }));
    const chosen = at.query === query ? shown[active]?.[3] : undefined;
    query = at.query;
    shown = answers.map((f) => f.item.row);
    active = Math.max(0, shown.findIndex((row) => row[3] === chosen));
    list.replaceChildren(
      ...answers.map((f, i) => {
        const el = document.createElement("div");
        el.id = `${id}-${i}`;
        el.setAttribute("role", "option");
        const name = document.createElement("bdi");
        letters(name, f.item.name, f.at);
        const what = document.createElement("small");
        what.textContent = words[f.item.row[0]] + (f.item.theme ? " · " + f.item.theme : "");
        el.append(name, what);
        el.addEventListener("pointerdown", (e) => e.preventDefault()); // the focus stays
        el.addEventListener("click", () => take(f.item.row));
        return el;
      }),
    );
    if (answers.length === 0) return close();
    if (!open) {
      open = true;
      area.after(list, said);
      area.setAttribute("aria-controls", id);
      window.addEventListener("scroll", place, true);
    }
    said.textContent = words.found.replace("{n}", String(answers.length));
    mark();
    place();
  };
  area.addEventListener("input", () => void look());
  area.addEventListener("click", () => void look());
  area.addEventListener("blur", close);
  area.addEventListener("focus", () => void look()); // also when what is round the field was drawn again
  area.addEventListener("keydown", (e) => {
    if (!open || e.isComposing) return;
    if (e.key === "ArrowDown") active = (active + 1) % shown.length;
    else if (e.key === "ArrowUp") active = (active + shown.length - 1) % shown.length;
    else if ((e.key === "Enter" && !e.ctrlKey && !e.metaKey) || e.key === "Tab") take(shown[active]);
    else if (e.key === "Escape") {
      closed = begun(area.value.slice(0, area.selectionStart))?.from ?? -1;
      close();
    } else {
      if (e.key === "ArrowLeft" || e.key === "ArrowRight" || e.key === "Home" || e.key === "End") close();
      return;
    }
    if (open) mark();
    e.preventDefault();
    e.stopImmediatePropagation();
  });
}

/** A name with the letters that were found in it. */
function letters(into: HTMLElement, name: string, at: number[]): void {
  const found = new Set(at);
  let o = 0;
  for (const c of name) {
    const last = into.lastChild;
    if (found.has(o) === (last?.nodeName === "B") && last) last.textContent += c;
    else if (found.has(o)) into.appendChild(document.createElement("b")).textContent = c;
    else into.append(c);
    o += c.length;
  }
}

/** A field as high as what is in it, where the browser does not do so by itself. */
export function growing(area: HTMLTextAreaElement): void {
  if (CSS.supports("field-sizing", "content")) return;
  const fit = () => {
    area.style.setProperty("height", "auto");
    area.style.setProperty("height", `${area.scrollHeight + 2}px`);
  };
  area.addEventListener("input", fit);
  requestAnimationFrame(fit);
}

/** Fields of plain pages, which say by data-memo where the names are. */
export function followNames(): void {
  document.addEventListener("focusin", (e) => {
    const area = e.target;
    if (!(area instanceof HTMLTextAreaElement) || !area.dataset["memo"] || followed.has(area)) return;
    const d = area.dataset;
    offerNames(area, d["memo"]!, { names: d["names"] ?? "", found: d["found"] ?? "", code: d["code"] ?? "", theme: d["theme"] ?? "", document: d["document"] ?? "" });
    growing(area);
  });
}
