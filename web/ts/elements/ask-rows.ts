// <ask-rows>: the conditions of a question as rows that can be added and taken
// away, each code chosen by a few letters. The selects of the form stay what is
// sent.
import { match } from "../coding/match";

interface Item {
  value: string;
  name: string;
  theme: string;
  definition: string;
  hue: string;
  pattern: string;
  depth: number;
}

let numbers = 0;

class AskRows extends HTMLElement {
  private rows!: HTMLElement;
  private blank!: HTMLElement;
  private say!: HTMLElement;
  private items: Item[] = [];

  connectedCallback(): void {
    if (this.rows) return;
    this.rows = this.querySelector(".ask-rows")!;
    const all = Array.from(this.rows.querySelectorAll<HTMLElement>(".ask-row"));
    this.blank = all[all.length - 1]!.cloneNode(true) as HTMLElement;
    const first = all[0]!.querySelector<HTMLSelectElement>('select[name="code"]')!;
    this.items = Array.from(first.options).filter((o) => o.value !== "").map((o) => ({
      value: o.value,
      name: o.dataset["name"] ?? "",
      theme: o.dataset["theme"] ?? "",
      definition: o.dataset["definition"] ?? "",
      hue: o.dataset["hue"] ?? "",
      pattern: o.dataset["pattern"] ?? "",
      depth: /^\u2003*/.exec(o.text)![0].length,
    }));
    let kept = 0;
    for (const r of all) {
      if (kept > 0 && r.querySelector<HTMLSelectElement>('select[name="code"]')!.value === "") r.remove();
      else this.enhance(r, kept++);
    }
    const foot = document.createElement("div");
    foot.className = "acts";
    const add = document.createElement("button");
    add.type = "button";
    add.className = "btn small ask-add";
    add.textContent = this.dataset["add"] ?? "";
    add.addEventListener("click", () => this.add());
    this.say = document.createElement("span");
    this.say.className = "visually-hidden";
    this.say.setAttribute("role", "status");
    foot.append(add, this.say);
    this.rows.after(foot);
  }

  private add(): void {
    const row = this.blank.cloneNode(true) as HTMLElement;
    this.rows.append(row);
    this.enhance(row, this.rows.childElementCount - 1);
    row.querySelector<HTMLInputElement>("[role=combobox]")!.focus();
    this.say.textContent = this.dataset["added"] ?? "";
  }

  private takeAway(row: HTMLElement): void {
    const rows = Array.from(this.rows.children);
    const at = rows.indexOf(row);
    if (rows.length === 1) { // the last one is emptied
      row.querySelector<HTMLSelectElement>('select[name="code"]')!.value = "";
      row.querySelector<HTMLInputElement>("[role=combobox]")!.value = "";
    } else row.remove();
    const next = (this.rows.children[Math.min(at, this.rows.childElementCount - 1)] as HTMLElement).querySelector<HTMLElement>("[role=combobox]");
    next?.focus();
    this.say.textContent = this.dataset["removed"] ?? "";
  }

  private enhance(row: HTMLElement, at: number): void {
    const select = row.querySelector<HTMLSelectElement>('select[name="code"]')!;
    for (const s of row.querySelectorAll("select")) s.setAttribute("aria-label", (s.getAttribute("aria-label") ?? "").replace(/\d+/, String(at + 1)));
    const id = `ask-code-${++numbers}`;
    const box = document.createElement("div");
    box.className = "ask-combo";
    const input = document.createElement("input");
    input.type = "text";
    input.id = id;
    for (const [k, v] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", `${id}-list`], ["aria-autocomplete", "list"], ["autocomplete", "off"], ["spellcheck", "false"], ["aria-label", select.getAttribute("aria-label") ?? ""], ["placeholder", this.dataset["choose"] ?? ""]] as const) input.setAttribute(k, v);
    const list = document.createElement("div");
    list.id = `${id}-list`;
    list.className = "ask-options";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", this.dataset["choose"] ?? "");
    list.hidden = true;
    const chosen = () => this.items.find((i) => i.value === select.value);
    input.value = chosen()?.name ?? "";
    select.hidden = true;
    box.append(input, list);
    select.after(box);
    const away = document.createElement("button");
    away.type = "button";
    away.className = "btn bare small ask-remove";
    away.textContent = "×";
    const name = () => away.setAttribute("aria-label", `${this.dataset["remove"]} ${chosen()?.name ?? ""}`.trim());
    name();
    away.addEventListener("click", () => this.takeAway(row));
    row.append(away);

    let shown: Item[] = [];
    let active = -1;
    const mark = (i: number) => {
      active = i;
      Array.from(list.querySelectorAll("[role=option]")).forEach((o, k) => o.setAttribute("aria-selected", String(k === i)));
      const o = list.querySelectorAll<HTMLElement>("[role=option]")[i];
      if (o) {
        input.setAttribute("aria-activedescendant", o.id);
        o.scrollIntoView({ block: "nearest" });
      } else input.removeAttribute("aria-activedescendant");
    };
    const open = (all: boolean) => {
      const q = all ? "" : input.value.trim();
      const scored = q === "" ? this.items.map((item) => ({ item, score: 0 })) : this.items.flatMap((item) => {
        const n = match(q, item.name);
        const t = n ? undefined : match(q, `${item.theme} ${item.name}`);
        return n ? [{ item, score: 100 + n.score }] : t ? [{ item, score: t.score }] : [];
      });
      if (q !== "") scored.sort((a, b) => b.score - a.score);
      shown = scored.slice(0, 200).map((s) => s.item);
      list.replaceChildren(...shown.map((item, k) => this.option(item, `${id}-${k}`, q === "")));
      if (shown.length === 0) {
        const none = document.createElement("p");
        none.className = "hint";
        none.textContent = this.dataset["nothing"] ?? "";
        list.append(none);
      }
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      mark(q === "" ? shown.findIndex((i) => i.value === select.value) : 0);
    };
    const close = () => {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const take = (item: Item | undefined) => {
      select.value = item?.value ?? "";
      input.value = item?.name ?? "";
      close();
      name();
    };
    // What is typed and never chosen is no choice: the best answer is taken, an empty field is none.
    const settle = () => {
      if (list.hidden && input.value === (chosen()?.name ?? "")) return;
      if (input.value.trim() === "") take(undefined);
      else if (!list.hidden && input.value !== (chosen()?.name ?? "")) take(shown[Math.max(active, 0)] ?? chosen());
      else take(chosen());
    };
    input.addEventListener("input", () => open(false));
    input.addEventListener("click", () => list.hidden && open(true));
    input.addEventListener("focus", () => input.select());
    input.addEventListener("blur", settle);
    input.addEventListener("keydown", (e) => {
      if (e.isComposing || e.keyCode === 229) return;
      if (e.key === "ArrowDown" || e.key === "ArrowUp") {
        e.preventDefault();
        if (list.hidden) return open(true);
        const n = shown.length;
        if (n) mark((active + (e.key === "ArrowDown" ? 1 : n - 1 + (active < 0 ? 1 : 0))) % n);
      } else if (e.key === "Enter" && !list.hidden) {
        e.preventDefault();
        take(shown[active] ?? chosen());
      } else if (e.key === "Escape" && !list.hidden) {
        e.preventDefault();
        e.stopPropagation();
        take(chosen());
      }
    });
    list.addEventListener("pointerdown", (e) => e.preventDefault());
    list.addEventListener("click", (e) => {
      const o = (e.target as Element).closest("[role=option]");
      if (o) take(shown[Array.from(list.querySelectorAll("[role=option]")).indexOf(o)]);
    });
  }

  private option(item: Item, id: string, tree: boolean): HTMLElement {
    const o = document.createElement("div");
    o.setAttribute("role", "option");
    o.id = id;
    o.className = "ask-option";
    o.title = item.definition;
    if (tree) o.dataset["depth"] = String(Math.min(item.depth, 6));
    const dot = document.createElement("i");
    dot.className = "code-swatch";
    dot.dataset["hue"] = item.hue;
    dot.dataset["pattern"] = item.pattern;
    const name = document.createElement("bdi");
    name.textContent = item.name;
    o.append(dot, name);
    if (item.theme && !tree) {
      const theme = document.createElement("span");
      theme.className = "n";
      theme.textContent = item.theme;
      o.append(theme);
    }
    return o;
  }
}

customElements.define("ask-rows", AskRows);
