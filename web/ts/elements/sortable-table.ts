// <sortable-table>: sorts its table by a column and filters it while one
// types. What was chosen outlives the table being drawn again.
interface Chosen {
  column: number;
  down: boolean;
  words: string;
}
const kept = new Map<string, Chosen>();

// fold makes text comparable: no case, no accents.
export function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

class SortableTable extends HTMLElement {
  connectedCallback(): void {
    const field = this.querySelector<HTMLInputElement>(".filter");
    const now = this.chosen();
    if (field) {
      field.value = now.words;
      field.addEventListener("input", () => {
        this.chosen().words = field.value;
        this.filter();
      });
    }
    this.querySelectorAll<HTMLButtonElement>("button.sort").forEach((b) => {
      const column = (b.parentElement as HTMLTableCellElement).cellIndex;
      b.addEventListener("click", () => {
        const c = this.chosen();
        c.down = c.column === column ? !c.down : b.parentElement?.dataset["kind"] === "number";
        c.column = column;
        this.sort();
      });
    });
    if (now.column >= 0) this.sort();
    if (now.words) this.filter();
  }

  private chosen(): Chosen {
    const key = location.pathname;
    let c = kept.get(key);
    if (!c) kept.set(key, (c = { column: -1, down: false, words: "" }));
    return c;
  }

  private sort(): void {
    const { column, down } = this.chosen();
    const heads = Array.from(this.querySelectorAll<HTMLTableCellElement>("thead th"));
    const number = heads[column]?.dataset["kind"] === "number";
    heads.forEach((h, i) => (i === column ? h.setAttribute("aria-sort", down ? "descending" : "ascending") : h.removeAttribute("aria-sort")));
    const body = this.querySelector("tbody");
    if (!body) return;
    const compare = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" }).compare;
    const value = (r: HTMLTableRowElement) => {
      const cell = r.cells[column];
      return cell?.dataset["sort"] ?? cell?.textContent?.trim() ?? "";
    };
    const rows = Array.from(body.rows);
    rows.sort((a, b) => {
      const x = value(a), y = value(b);
      if (x === "" || y === "") return x === y ? 0 : x === "" ? 1 : -1; // what has no value stands last either way
      const d = number ? Number(x) - Number(y) : compare(x, y);
      return down ? -d : d;
    });
    body.append(...rows);
  }

  private filter(): void {
    const words = fold(this.chosen().words).split(/\s+/).filter(Boolean);
    const rows = Array.from(this.querySelectorAll<HTMLTableRowElement>("tbody tr"));
    let shown = 0;
    for (const r of rows) {
      const text = fold(Array.from(r.cells, (c) => (c.matches(".more") ? "" : c.querySelector("input")?.value ?? c.textContent ?? "")).join(" "));
      r.hidden = !words.every((w) => text.includes(w));
      if (!r.hidden) shown++;
    }
    const say = this.querySelector<HTMLElement>('[data-part="shown"]');
    if (!say) return;
    if (words.length === 0) say.textContent = "";
    else if (shown === 0) say.textContent = this.dataset["none"] ?? "";
    else say.textContent = (say.dataset["say"] ?? "").replace("{shown}", String(shown)).replace("{all}", String(rows.length));
  }
}

customElements.define("sortable-table", SortableTable);
