// <code-table>: the codebook as a table. What the tree can do it can as well;
// beside that it is sorted, filtered and edited in its cells. The server draws
// the rows; each is a grid of its own, so that a browser lays out only those
// near the screen, however many there are.
import { renew as renewForms } from "../lib/change";
import { fetchPage, fields, post } from "../lib/parts";
import { toast } from "../lib/toast";
import { CodeTree, type Line, type Row } from "./code-tree";
import { fold } from "./sortable-table";
import htmx from "htmx.org";

const numbers = ["codings", "documents", "informants", "changed"]; // as in data-n

export class CodeTable extends CodeTree {
  private column = "hand";
  private down = false;
  private ordered: Line[] = []; // as they are shown
  private pencil: HTMLButtonElement | null = null;
  private pinning = ""; // the node whose key is being chosen
  private picking = ""; // the node whose example is being chosen

  override connectedCallback(): void {
    document.addEventListener("anyam:panel", this.keepView);
    super.connectedCallback();
    for (const id of ["sheet-theme", "sheet-state", "sheet-coder"]) this.querySelector(`#${id}`)?.addEventListener("change", () => this.draw());
    this.querySelector("#sheet-order")?.addEventListener("change", (e) => this.sortBy((e.target as HTMLSelectElement).value, false));
    this.addEventListener("dblclick", (e) => {
      const cell = this.cellOf(e.target);
      if (cell && !cell.matches(".namecol") && !(e.target as Element).closest("a, button, textarea")) this.edit(cell);
    });
    this.addEventListener("pointerover", (e) => this.point(this.cellOf(e.target)));
    this.addEventListener("focusin", (e) => this.point(this.cellOf(e.target)));
    document.addEventListener("anyam:sent", this.exampleSent);
    document.getElementById("example-dialog")?.addEventListener("click", (e) => {
      const what = e.target instanceof Element ? e.target.closest<HTMLElement>("[data-do]")?.dataset["do"] : "";
      if (what === "close") this.dialog()?.close();
      if (what === "example-none") void this.setExample("0");
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("anyam:panel", this.keepView);
    document.removeEventListener("anyam:sent", this.exampleSent);
  }

  // A panel that opens or closes changes the address, which has to go on
  // saying that this is the table.
  private keepView = (): void => {
    const here = new URL(location.href);
    if (here.searchParams.get("view") === "table") return;
    here.searchParams.set("view", "table");
    history.replaceState(history.state, "", here);
  };

  private word(name: string): string {
    return this.querySelector<HTMLElement>('p[data-part="say"]')?.dataset[name] ?? "";
  }
  private cellOf(target: EventTarget | null): HTMLElement | null {
    return target instanceof Element ? target.closest<HTMLElement>("[data-field]") : null;
  }
  private cell(node: string, field: string): HTMLElement | null {
    return this.row(node)?.querySelector<HTMLElement>(`[data-field="${field}"]`) ?? null;
  }
  // value is what a cell of a row says.
  private value(row: Row, field: string): string {
    if (field === "name") return row.dataset["name"] ?? "";
    return row.querySelector(`[data-field="${field}"]`)?.textContent ?? "";
  }

  // Order and filter.

  protected override index(): void {
    super.index();
    this.ordered = this.lines;
    if (this.column !== "hand") this.sort();
  }
  protected override seen(): Row[] {
    return this.ordered.map((l) => l.row).filter((r) => !r.hidden);
  }
  protected override text(l: Line): string {
    return (l.text ??= fold(["name", "definition", "use", "avoid", "example"].map((f) => this.value(l.row, f)).join(" ")));
  }

  private sort(): void {
    const i = numbers.indexOf(this.column);
    const compare = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" }).compare;
    const by: { l: Line; n: number; t: string }[] = this.lines.map((l) => ({
      l,
      n: i < 0 ? 0 : Number(l.row.dataset["n"]!.split(" ")[i]),
      t: i >= 0 ? "" : this.column === "key" ? (l.row.querySelector("kbd")?.textContent ?? "") : this.value(l.row, this.column),
    }));
    if (this.column !== "hand") {
      const turn = this.down ? -1 : 1;
      by.sort((a, b) => {
        if (i >= 0) return turn * (a.n - b.n);
        if (a.t === "" || b.t === "") return a.t === b.t ? 0 : a.t === "" ? 1 : -1; // what has nothing stands last either way
        return turn * compare(a.t, b.t);
      });
    }
    this.ordered = by.map((x) => x.l);
    this.querySelector("table.code-sheet > tbody")?.append(...this.ordered.map((l) => l.row));
  }

  private sortBy(column: string, again: boolean): void {
    const counts = numbers.includes(column);
    if (again && this.column === column) {
      if (this.down !== counts) column = "hand"; // the third time: as it was
      else this.down = !this.down;
    } else this.down = counts;
    this.column = column;
    this.sort();
    const order = this.querySelector<HTMLSelectElement>("#sheet-order");
    if (order) order.value = column;
    this.draw();
  }

  // draw hides what is folded or does not fit. Ordered by hand and with no
  // filter the table is a tree; else every row stands by itself and says what
  // it is in.
  protected override draw(): void {
    const chosen = (id: string) => this.querySelector<HTMLSelectElement>(`#${id}`)?.value ?? "";
    const words = fold(this.querySelector<HTMLInputElement>("#codebook-filter")?.value ?? "").split(/\s+/).filter(Boolean);
    const lacking = this.querySelector<HTMLInputElement>("#codebook-lacking")?.checked ?? false;
    const theme = chosen("sheet-theme"), state = chosen("sheet-state"), coder = chosen("sheet-coder");
    const filtered = words.length > 0 || lacking || theme !== "" || state !== "" || coder !== "";
    const flat = filtered || this.column !== "hand";
    const inTheme = new Map<string, boolean>(); // by node: it or something above it is the theme asked for
    const within = (l: Line): boolean => {
      let is = inTheme.get(l.node);
      if (is === undefined) {
        const up = this.byNode.get(l.parent);
        if (theme === "0") is = l.row.dataset["kind"] !== "theme" && (!up || within(up));
        else is = l.node === theme || (!!up && within(up));
        inTheme.set(l.node, is);
      }
      return is;
    };
    const hidden = new Set<string>();
    let hits = 0;
    for (const l of this.lines) {
      const d = l.row.dataset;
      const shut = !flat && this.folded.has(l.node);
      let hide: boolean;
      if (flat) {
        hide = (lacking && d["lacking"] === undefined) || (state !== "" && l.row.classList.contains("retired") !== (state === "retired")) || (coder !== "" && !(" " + d["coders"] + " ").includes(" " + coder + " ")) || (theme !== "" && !within(l));
        hide = hide || (words.length > 0 && !words.every((w) => this.text(l).includes(w)));
      } else hide = hidden.has(l.parent);
      if (hide || shut) hidden.add(l.node);
      if (l.row.hidden !== hide) l.row.hidden = hide;
      const open = String(!shut);
      if (l.row.hasAttribute("aria-expanded") && l.row.getAttribute("aria-expanded") !== open) l.row.setAttribute("aria-expanded", open);
      if (!hide) hits++;
    }
    this.querySelector("table.code-sheet")?.classList.toggle("flat", flat);
    for (const h of this.querySelectorAll<HTMLElement>("th[data-col]")) {
      if (h.dataset["col"] === this.column) h.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      else h.removeAttribute("aria-sort");
    }
    const say = this.querySelector<HTMLElement>('.tools [data-part="shown"]');
    if (say) say.textContent = !filtered ? "" : hits === 0 ? (say.dataset["none"] ?? "") : (say.dataset["say"] ?? "").replace("{shown}", String(hits)).replace("{all}", String(this.lines.length));
    const clear = this.querySelector<HTMLElement>('[data-do="clear"]');
    if (clear) clear.hidden = !filtered;
    if (this.row(this.at)?.hidden) {
      const first = this.seen()[0];
      if (first) this.stopAt(first);
    }
  }

  protected override step(row: Row, key: string): void {
    if (this.column !== "hand") return toast(this.word("sorted"));
    super.step(row, key);
  }
  override async move(nodes: string[], parent: string, before: string): Promise<void> {
    if (this.column !== "hand") return toast(this.word("sorted"));
    return super.move(nodes, parent, before);
  }

  // Rows are fetched again one by one: the table may be long.

  private async fetchRows(nodes: string[]): Promise<Map<string, Row>> {
    const page = await fetchPage(`/projects/${this.dataset["project"]}/codebook?${new URLSearchParams([["view", "table"], ...nodes.map((n) => ["only", n])])}`);
    const rows = new Map<string, Row>();
    for (const r of page?.querySelectorAll<Row>("tr[data-node]") ?? []) rows.set(r.dataset["node"]!, document.adoptNode(r));
    const pairs = page?.getElementById("codebook-pairs"), here = document.getElementById("codebook-pairs");
    if (pairs && here && !here.contains(document.activeElement)) {
      const open = here.querySelector("details")?.open ?? false;
      here.replaceChildren(...Array.from(pairs.childNodes, (c) => document.adoptNode(c)));
      const details = here.querySelector("details");
      if (details) details.open = open;
    }
    return rows;
  }
  private async renewRows(nodes: string[]): Promise<void> {
    const focus = document.activeElement?.closest<HTMLElement>("[data-field], button.key, tr[data-node]") ?? null;
    const row = this.rowOf(focus);
    const field = focus?.dataset["field"];
    for (const [node, fresh] of await this.fetchRows(nodes)) {
      const l = this.byNode.get(node);
      if (!l) continue;
      const folded = l.row.getAttribute("aria-expanded"), hide = l.row.hidden;
      this.renew(l, fresh);
      fresh.hidden = hide;
      if (folded !== null) fresh.setAttribute("aria-expanded", folded);
    }
    const there = row ? this.row(row.dataset["node"]!) : null;
    if (!there || there.contains(document.activeElement) || (document.activeElement !== document.body && document.activeElement !== null)) return;
    (focus?.matches("button.key") ? there.querySelector<HTMLElement>("button.key") : field ? there.querySelector<HTMLElement>(`[data-field="${field}"]`) : there)?.focus({ preventScroll: true });
  }

  // Editing in place.

  // point puts the one pencil there is into the cell under the pointer or the
  // focus.
  private point(cell: HTMLElement | null): void {
    if (!cell || this.dataset["edit"] === undefined || cell.classList.contains("editing")) return;
    if (!this.pencil) {
      this.pencil = document.createElement("button");
      this.pencil.type = "button";
      this.pencil.className = "pencil";
      this.pencil.tabIndex = -1;
      this.pencil.dataset["do"] = "edit";
    }
    if (this.pencil.parentElement === cell) return;
    this.pencil.setAttribute("aria-label", this.label(cell));
    cell.append(this.pencil);
  }
  private label(cell: HTMLElement): string {
    const column = this.querySelector(`th[data-col="${cell.dataset["field"]}"]`)?.textContent ?? "";
    return this.word("edit").replace("{column}", column).replace("{name}", this.rowOf(cell)?.dataset["name"] ?? "");
  }

  protected override rename(row: Row): void {
    const cell = row.querySelector<HTMLElement>('[data-field="name"]');
    if (cell) this.edit(cell);
  }

  // edit puts a field in the place of a cell's words. typed is what was typed
  // before and refused, theirs what somebody else made of it meanwhile.
  private edit(cell: HTMLElement, typed?: string, theirs?: { words: string; by: string }): void {
    const row = this.rowOf(cell);
    const field = cell.dataset["field"]!;
    if (!row || this.dataset["edit"] === undefined || cell.classList.contains("editing")) return;
    const node = row.dataset["node"]!;
    if (field === "example") return void this.pickExample(node);
    const was = this.value(row, field);
    const rev = row.dataset["rev"]!;
    this.pencil?.remove();
    const kept = Array.from(cell.childNodes);
    const box = document.createElement("div");
    box.className = "cell-edit";
    const area = document.createElement("textarea");
    area.rows = field === "name" ? 1 : 3;
    if (field === "name") area.maxLength = 120;
    area.dir = "auto";
    area.textContent = was; // what it is compared with, to know whether anything was typed
    area.value = typed ?? was;
    area.setAttribute("aria-label", this.label(cell));
    const hint = document.createElement("small");
    hint.id = "cell-edit-say";
    hint.textContent = this.word("editSay");
    area.setAttribute("aria-describedby", hint.id);
    box.append(area, hint);
    cell.classList.add("editing");
    cell.replaceChildren(box);
    const draggable = row.draggable;
    row.draggable = false;
    let over = false;
    const end = (keep: boolean, back: boolean): void => {
      if (over) return;
      over = true;
      const words = area.value.trim();
      row.draggable = draggable;
      cell.classList.remove("editing");
      cell.replaceChildren(...kept);
      if (back) cell.focus({ preventScroll: true });
      if (!keep || words === was || (field === "name" && words === "")) return;
      this.write(cell, field, words);
      void this.save(node, field, was, words, rev);
    };
    if (theirs) {
      box.append(this.clash(theirs, () => end(true, true), () => end(false, true)));
      hint.remove();
    }
    area.addEventListener("keydown", (e) => {
      e.stopPropagation();
      if (e.isComposing) return;
      if (e.key === "Enter" && !e.shiftKey) {
        e.preventDefault();
        end(true, true);
      }
      if (e.key === "Escape") {
        e.preventDefault();
        end(false, true);
      }
      if (e.key === "Tab" && !theirs) {
        const next = this.stops(row);
        const to = next[next.indexOf(cell) + (e.shiftKey ? -1 : 1)];
        end(true, false);
        if (!to) return;
        e.preventDefault();
        to.focus();
      }
    });
    area.addEventListener("blur", (e) => {
      // Two texts wait for a decision; words must not be lost to a click beside them.
      if (!theirs && !box.contains(e.relatedTarget as Node | null)) end(true, false);
    });
    area.focus();
    if (!theirs) area.select();
  }
  private write(cell: HTMLElement, field: string, words: string): void {
    if (field !== "name") return cell.replaceChildren(words);
    const bdi = cell.querySelector(".node-name bdi");
    if (bdi) bdi.textContent = words;
  }
  private clash(theirs: { words: string; by: string }, mine: () => void, take: () => void): HTMLElement {
    const box = document.createElement("div");
    box.className = "clash";
    box.setAttribute("role", "alert");
    const say = document.createElement("p"), words = document.createElement("blockquote");
    say.textContent = this.word("clash").replace("{by}", theirs.by);
    words.dir = "auto";
    words.textContent = theirs.words === "" ? this.word("empty") : theirs.words;
    const acts = document.createElement("div");
    acts.className = "acts";
    const buttons: [string, () => void][] = [[this.word("mine"), mine], [this.word("theirs"), take]];
    for (const [name, does] of buttons) {
      const b = document.createElement("button");
      b.type = "button";
      b.className = "btn small";
      b.textContent = name;
      b.addEventListener("click", does);
      acts.append(b);
    }
    box.append(say, words, acts);
    return box;
  }

  // save sends one cell. Where the node was changed meanwhile but not this
  // cell, it is sent again; where this cell was, both texts are shown.
  private async save(node: string, field: string, was: string, words: string, rev: string): Promise<void> {
    const refused = await post(`/projects/${this.dataset["project"]}/nodes/${node}`, fields([["rev", rev], [field, words]]));
    if (!refused) {
      await this.renewRows([node]);
      return this.say(this.word("saved"));
    }
    const fresh = refused.kind === "conflict" ? (await this.fetchRows([node])).get(node) : undefined;
    const theirs = fresh ? this.value(fresh, field) : was;
    if (fresh && fresh.dataset["rev"] !== rev && theirs === was) return this.save(node, field, was, words, fresh.dataset["rev"]!);
    const l = this.byNode.get(node);
    if (!l) return;
    if (fresh) this.renew(l, fresh);
    const cell = this.cell(node, field);
    if (!cell || theirs === words) return;
    const both = fresh && theirs !== was;
    if (!both) {
      if (!fresh) this.write(cell, field, was);
      toast(refused.error, "bad");
    }
    this.edit(cell, words, both ? { words: theirs, by: fresh.querySelector(".changedcol b")?.textContent ?? "" } : undefined);
  }

  // Examples and keys.

  private dialog(): HTMLDialogElement | null {
    return document.getElementById("example-dialog") as HTMLDialogElement | null;
  }
  private async pickExample(node: string): Promise<void> {
    const dialog = this.dialog(), place = dialog?.querySelector<HTMLElement>('[data-part="segments"]');
    if (!dialog || !place) return;
    const page = await fetchPage(`/projects/${this.dataset["project"]}/nodes/${node}?under=off`);
    const list = page?.getElementById("node-segments");
    if (!list) return;
    list.querySelectorAll(".pager, .tools, .memo-text").forEach((e) => e.remove());
    list.removeAttribute("id");
    for (const f of list.querySelectorAll<HTMLFormElement>("form[data-refresh]")) f.dataset["refresh"] = ""; // the one row is fetched
    place.replaceChildren(list);
    renewForms(list);
    htmx.process(list);
    this.picking = node;
    const title = dialog.querySelector("h2");
    if (title) title.textContent = this.word("example").replace("{name}", this.row(node)?.dataset["name"] ?? "");
    const all = dialog.querySelector<HTMLAnchorElement>('[data-part="all"]');
    if (all) all.href = `/projects/${this.dataset["project"]}/nodes/${node}`;
    dialog.showModal();
    dialog.querySelector<HTMLElement>('button[name="example"]')?.focus();
  }
  private exampleSent = (e: Event): void => {
    const { form } = (e as CustomEvent<{ form: HTMLFormElement }>).detail;
    if (form.closest("#example-dialog")) void this.exampleDone();
  };
  private async exampleDone(): Promise<void> {
    this.dialog()?.close();
    const cell = this.cell(this.picking, "example");
    await this.renewRows([this.picking]);
    if (cell) this.cell(this.picking, "example")?.focus({ preventScroll: true });
  }
  private async setExample(coding: string): Promise<void> {
    const refused = await post(`/projects/${this.dataset["project"]}/nodes/${this.picking}`, fields([["rev", this.row(this.picking)?.dataset["rev"] ?? ""], ["example", coding]]));
    if (refused) return toast(refused.error, "bad");
    await this.exampleDone();
  }

  private openKeys(button: HTMLButtonElement, node: string): void {
    const pop = document.getElementById("pin-pop");
    if (!pop) return;
    this.pinning = node;
    const whose = new Map<string, Row>();
    for (const l of this.lines) {
      const key = l.row.querySelector("button.key kbd")?.textContent;
      if (key) whose.set(key, l.row);
    }
    for (const b of pop.querySelectorAll<HTMLButtonElement>('.pin-keys [data-do="key"]')) {
      const of = whose.get(b.value);
      const name = b.querySelector("small");
      if (name) name.textContent = of ? (of.dataset["name"] ?? "") : this.word("free");
      b.setAttribute("aria-pressed", String(of?.dataset["node"] === node));
    }
    (pop as HTMLElement & { showPopover(o?: { source: HTMLElement }): void }).showPopover({ source: button });
    pop.querySelector<HTMLElement>('[aria-pressed="true"], button')?.focus();
  }
  private async setKey(key: string): Promise<void> {
    const node = this.pinning;
    const was = this.row(node)?.querySelector("button.key kbd")?.textContent ?? "";
    if (key === was || (key === "0" && was === "")) return;
    const touched = new Set([node]);
    for (const l of this.lines) if (key !== "0" && l.row.querySelector("button.key kbd")?.textContent === key) touched.add(l.node);
    const sends: [string, string][] = [];
    if (was !== "") sends.push([was, "0"]);
    if (key !== "0") sends.push([key, node]);
    for (const [k, code] of sends) {
      const refused = await post(`/projects/${this.dataset["project"]}/pins`, new URLSearchParams({ key: k, code }));
      if (refused) return toast(refused.error, "bad");
    }
    await this.renewRows([...touched]);
    this.row(node)?.querySelector<HTMLElement>("button.key")?.focus({ preventScroll: true });
  }

  // Clicks and keys.

  protected override onClick(e: MouseEvent): void {
    const sort = e.target instanceof Element ? e.target.closest<HTMLElement>("button.sort") : null;
    if (sort) return this.sortBy(sort.dataset["sort"]!, true);
    super.onClick(e);
  }
  protected override pressed(row: Row, target: Element): void {
    const cell = this.cellOf(target);
    if (cell?.classList.contains("editing")) return;
    if (cell) cell.focus({ preventScroll: true });
    else this.go(row);
  }
  protected override async act(what: string, button: HTMLButtonElement | null): Promise<void> {
    const row = this.rowOf(button);
    switch (what) {
      case "edit": {
        const cell = this.cellOf(button);
        if (cell) this.edit(cell);
        return;
      }
      case "pin":
        if (row && button) this.openKeys(button, row.dataset["node"]!);
        return;
      case "key":
        button?.closest<HTMLElement>("[popover]")?.hidePopover();
        return this.setKey(button?.value ?? "0");
      case "restore":
        if (row) await this.change("nodes/state", fields([["nodes", row.dataset["node"]!], ["state", "live"]]));
        return;
      case "clear":
        for (const f of this.querySelectorAll<HTMLInputElement | HTMLSelectElement>("#codebook-filter, #sheet-theme, #sheet-state, #sheet-coder")) f.value = "";
        this.querySelector<HTMLInputElement>("#codebook-lacking")!.checked = false;
        this.draw();
        return this.querySelector<HTMLElement>("#codebook-filter")?.focus();
      default:
        return super.act(what, button);
    }
  }
  // stops are where the arrow keys stop in a row.
  private stops(row: Row): HTMLElement[] {
    return Array.from(row.querySelectorAll<HTMLElement>("[data-field], button.key"));
  }
  protected override onKey(e: KeyboardEvent): void {
    const row = this.rowOf(e.target);
    if (!(e.target instanceof HTMLElement) || !row || e.altKey || e.ctrlKey || e.metaKey || e.target instanceof HTMLTextAreaElement) return e.target instanceof HTMLTextAreaElement ? undefined : super.onKey(e);
    const stops = this.stops(row);
    const i = stops.indexOf(e.target);
    if (e.target === row && e.key === "ArrowRight" && row.getAttribute("aria-expanded") !== "false") {
      e.preventDefault();
      return stops[0]?.focus();
    }
    if (i < 0) return super.onKey(e);
    const seen = e.key === "ArrowDown" || e.key === "ArrowUp" ? this.seen() : [];
    const at = seen.indexOf(row);
    const field = e.target.dataset["field"];
    const other = (to: Row | undefined) => {
      if (!to) return;
      (field ? to.querySelector<HTMLElement>(`[data-field="${field}"]`) : (to.querySelector<HTMLElement>("button.key") ?? to))?.focus({ preventScroll: true });
      to.scrollIntoView({ block: "nearest" });
    };
    switch (e.key) {
      case "ArrowRight": stops[i + 1]?.focus(); break;
      case "ArrowLeft": (stops[i - 1] ?? row).focus(); break;
      case "Home": stops[0]?.focus(); break;
      case "End": stops[stops.length - 1]?.focus(); break;
      case "ArrowDown": other(seen[at + 1]); break;
      case "ArrowUp": other(seen[at - 1]); break;
      case "Enter":
        if (!field) return; // a button does what it does
        this.edit(e.target);
        break;
      case "F2":
        if (field) this.edit(e.target);
        break;
      case "Escape": row.focus(); break;
      case " ":
        if (!field) return;
        return super.onKey(e);
      default: return;
    }
    e.preventDefault();
    e.stopPropagation();
  }
}

customElements.define("code-table", CodeTable);
