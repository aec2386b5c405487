// <code-tree>: the codebook as a tree one walks with the arrow keys, chooses
// from, orders by keyboard, menu or dragging, and renames in place. The server
// draws it; here is only what is open, chosen and focused.
import { fields, isDirty, openPanel, post, refresh } from "../lib/parts";
import { toast } from "../lib/toast";
import { asksFirst, openConsequence } from "./code-consequence";
import { followDrags } from "./code-tree-drag";
import { fold } from "./sortable-table";

export type Row = HTMLTableRowElement;

// Line is a row with what is asked of it again and again: a page of thousands
// of rows is not searched for each of them.
export interface Line {
  row: Row;
  node: string;
  parent: string;
  text: string | null; // what is searched, folded when first asked for
}

export class CodeTree extends HTMLElement {
  protected folded = new Set<string>();
  protected chosen = new Set<string>();
  protected at = ""; // node that has the tab stop
  private anchor = ""; // where a range began
  private busy = false;
  private undrag: (() => void) | null = null;
  protected lines: Line[] = []; // in the order of the codebook
  protected byNode = new Map<string, Line>();
  private brothers = new Map<string, Row[]>();

  connectedCallback(): void {
    for (const n of (sessionStorage.getItem(this.key()) ?? "").split(",").filter(Boolean)) this.folded.add(n);
    this.addEventListener("click", (e) => this.onClick(e));
    this.addEventListener("keydown", (e) => this.onKey(e));
    this.addEventListener("dblclick", (e) => {
      const row = this.rowOf(e.target);
      if (row && e.target instanceof Element && e.target.closest(".namecol") && !e.target.closest("button, input")) this.rename(row);
    });
    this.addEventListener("focusin", (e) => {
      const row = this.rowOf(e.target);
      if (row) this.stopAt(row);
    });
    this.addEventListener("change", (e) => {
      if (e.target instanceof HTMLInputElement && e.target.name === "nodes") this.choose(this.rowOf(e.target)!, e.target.checked);
    });
    this.addEventListener("submit", (e) => {
      if (!(e.target instanceof HTMLFormElement) || e.target.id !== "nodes-form") return;
      e.preventDefault(); // its buttons are handled as clicks; Enter in a field of the bar does nothing else
      e.stopPropagation();
    });
    this.querySelector("#codebook-filter")?.addEventListener("input", () => this.draw());
    this.querySelector("#codebook-lacking")?.addEventListener("change", () => this.draw());
    document.addEventListener("anyam:parts", this.drawn);
    document.addEventListener("anyam:panel", this.mark);
    document.addEventListener("anyam:sent", this.sent);
    this.addEventListener("toggle", (e) => {
      if (e.target instanceof HTMLElement && e.target.matches("#gather:popover-open")) this.querySelector<HTMLElement>("#gather-name")?.focus();
    }, true);
    this.drawn();
  }

  disconnectedCallback(): void {
    document.removeEventListener("anyam:parts", this.drawn);
    document.removeEventListener("anyam:panel", this.mark);
    document.removeEventListener("anyam:sent", this.sent);
    this.undrag?.();
  }

  private key(): string {
    return `folded-${this.dataset["project"]}`;
  }
  get mayShape(): boolean {
    return this.dataset["shape"] !== undefined;
  }
  rows(): Row[] {
    return this.lines.map((l) => l.row);
  }
  protected seen(): Row[] {
    return this.rows().filter((r) => !r.hidden);
  }
  row(node: string): Row | null {
    return this.byNode.get(node)?.row ?? null;
  }
  protected rowOf(target: EventTarget | null): Row | null {
    return target instanceof Element ? target.closest<Row>("tr[data-node]") : null;
  }
  siblings(row: Row): Row[] {
    return this.brothers.get(row.dataset["parent"]!) ?? [];
  }
  // index reads the table as it was drawn.
  protected index(): void {
    this.lines = Array.from(this.querySelectorAll<Row>("tr[data-node]"), (row) => ({ row, node: row.dataset["node"]!, parent: row.dataset["parent"]!, text: null }));
    this.byNode = new Map(this.lines.map((l) => [l.node, l]));
    this.brothers = new Map();
    for (const l of this.lines) {
      const all = this.brothers.get(l.parent);
      if (all) all.push(l.row);
      else this.brothers.set(l.parent, [l.row]);
    }
  }
  // renew puts a fresh row in the place of one.
  protected renew(l: Line, row: Row): void {
    const brothers = this.siblings(l.row);
    brothers[brothers.indexOf(l.row)] = row;
    l.row.replaceWith(row);
    l.row = row;
    l.text = null;
    this.paint(row);
  }
  // below tells whether row stands anywhere under node.
  private below(row: Row | null, node: string): boolean {
    for (let r = row; r; r = this.row(r.dataset["parent"] ?? "")) if (r.dataset["parent"] === node) return true;
    return false;
  }

  // moving is what goes along when row is moved: all that is chosen if it is
  // chosen itself, without what stands under another of them.
  moving(row: Row): string[] {
    const node = row.dataset["node"]!;
    if (!this.chosen.has(node)) return [node];
    return this.picked();
  }
  protected picked(): string[] {
    const all = this.lines.map((l) => l.node).filter((n) => this.chosen.has(n));
    return all.filter((n) => {
      for (let up = this.byNode.get(this.byNode.get(n)!.parent); up; up = this.byNode.get(up.parent)) if (this.chosen.has(up.node)) return false;
      return true;
    });
  }
  mayEnter(nodes: string[], target: Row): boolean {
    const into = target.dataset["node"]!;
    return !nodes.some((n) => n === into || this.below(target, n));
  }

  // drawn puts back what a fresh table does not know.
  protected drawn = (e?: Event): void => {
    if (e instanceof CustomEvent && !(e.detail as string[]).includes("codebook-tree")) return;
    this.index();
    for (const n of this.chosen) if (!this.byNode.has(n)) this.chosen.delete(n);
    if (!this.byNode.has(this.at)) this.at = this.lines[0]?.node ?? "";
    for (const r of this.rows()) this.paint(r);
    this.undrag?.();
    this.undrag = this.mayShape ? followDrags(this) : null;
    this.draw();
    this.mark();
    this.count();
  };

  private mark = (): void => {
    const open = new URLSearchParams(location.search).get("node");
    for (const r of this.rows()) r.classList.toggle("on", r.dataset["node"] === open);
  };

  protected paint(r: Row): void {
    const node = r.dataset["node"]!;
    const on = this.chosen.has(node), stop = node === this.at ? 0 : -1;
    if (r.tabIndex !== stop) r.tabIndex = stop;
    if ((r.getAttribute("aria-selected") === "true") === on) return;
    r.setAttribute("aria-selected", String(on));
    const box = r.querySelector<HTMLInputElement>('input[name="nodes"]');
    if (box) box.checked = on;
  }
  // text is what of a row is searched.
  protected text(l: Line): string {
    return (l.text ??= fold(`${l.row.dataset["name"]} ${l.row.querySelector(".defcol")?.textContent ?? ""}`));
  }

  // draw hides what is folded or does not fit the filter. With a filter, the
  // nodes above a match stay, so that one sees where it stands.
  protected draw(): void {
    const words = fold(this.querySelector<HTMLInputElement>("#codebook-filter")?.value ?? "").split(/\s+/).filter(Boolean);
    const lacking = this.querySelector<HTMLInputElement>("#codebook-lacking")?.checked ?? false;
    const filtered = words.length > 0 || lacking;
    const keep = new Set<string>();
    let hits = 0;
    for (const l of filtered ? this.lines : []) {
      const text = this.text(l);
      if (!words.every((w) => text.includes(w)) || (lacking && l.row.dataset["lacking"] === undefined)) continue;
      hits++;
      for (let up: Line | undefined = l; up && !keep.has(up.node); up = this.byNode.get(up.parent)) keep.add(up.node);
    }
    const hidden = new Set<string>();
    for (const l of this.lines) {
      const shut = !filtered && this.folded.has(l.node);
      if (l.row.hasAttribute("aria-expanded")) l.row.setAttribute("aria-expanded", String(!shut));
      l.row.hidden = filtered ? !keep.has(l.node) : hidden.has(l.parent);
      if (l.row.hidden || shut) hidden.add(l.node);
    }
    const missing = this.querySelector<HTMLElement>('[data-part="lacking"]');
    if (missing) {
      const n = this.rows().filter((r) => r.dataset["lacking"] !== undefined).length;
      missing.textContent = (missing.dataset["say"] ?? "").replace("{n}", n.toLocaleString(document.documentElement.lang));
      missing.parentElement!.hidden = n === 0 && !lacking;
    }
    const say = this.querySelector<HTMLElement>('.tools [data-part="shown"]');
    if (say) say.textContent = !filtered ? "" : hits === 0 ? (say.dataset["none"] ?? "") : (say.dataset["say"] ?? "").replace("{shown}", String(hits)).replace("{all}", String(this.rows().length));
    if (this.row(this.at)?.hidden) {
      const first = this.seen()[0];
      if (first) this.stopAt(first);
    }
  }

  protected toggle(row: Row, open: boolean): void {
    if (!row.hasAttribute("aria-expanded")) return;
    if (open) this.folded.delete(row.dataset["node"]!);
    else this.folded.add(row.dataset["node"]!);
    sessionStorage.setItem(this.key(), Array.from(this.folded).join(","));
    this.draw();
  }

  protected stopAt(row: Row): void {
    const was = this.row(this.at);
    this.at = row.dataset["node"]!;
    if (was) was.tabIndex = -1;
    row.tabIndex = 0;
  }
  protected go(row: Row | undefined): void {
    if (!row) return;
    this.stopAt(row);
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  protected choose(row: Row, on: boolean, range = false): void {
    if (!this.mayShape) return;
    const node = row.dataset["node"]!;
    const seen = this.seen();
    const from = seen.findIndex((r) => r.dataset["node"] === this.anchor);
    if (range && from >= 0) {
      const to = seen.indexOf(row);
      this.chosen.clear();
      for (const r of seen.slice(Math.min(from, to), Math.max(from, to) + 1)) this.chosen.add(r.dataset["node"]!);
    } else {
      if (on) this.chosen.add(node);
      else this.chosen.delete(node);
      this.anchor = node;
    }
    for (const r of this.rows()) this.paint(r);
    this.count();
  }
  protected chooseNone(): void {
    this.chosen.clear();
    for (const r of this.rows()) this.paint(r);
    this.count();
  }

  private count(): void {
    const say = this.querySelector<HTMLElement>('[data-part="count"]');
    const n = this.chosen.size;
    if (say) say.textContent = n === 1 ? (say.dataset["one"] ?? "") : (say.dataset["many"] ?? "").replace("{n}", String(n));
    const merge = this.querySelector<HTMLButtonElement>('[data-do="merge"]');
    if (merge) merge.setAttribute("aria-disabled", String(n < 2));
    const retire = this.querySelector<HTMLButtonElement>('[data-do="retired"]');
    if (retire) {
      retire.dataset["word"] ??= retire.textContent ?? "";
      const all = n > 0 && Array.from(this.chosen).every((c) => this.row(c)?.classList.contains("retired"));
      retire.textContent = (all ? retire.dataset["again"] : retire.dataset["word"]) ?? "";
      retire.value = all ? "live" : "retired";
    }
  }

  protected say(words: string | undefined): void {
    const place = this.querySelector<HTMLElement>('[data-part="say"]');
    if (place) place.textContent = words ?? "";
  }

  // change sends one intention and draws again; what was refused is said.
  protected async change(address: string, body: URLSearchParams, focus = this.at): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.setAttribute("aria-busy", "true");
    const within = this.contains(document.activeElement) || document.activeElement === document.body;
    const refused = await post(`/projects/${this.dataset["project"]}/${address}`, body);
    if (refused) toast(refused.error, "bad");
    else await this.again();
    this.busy = false;
    this.removeAttribute("aria-busy");
    if (within) this.go(this.row(focus) ?? this.row(this.at) ?? undefined);
    return !refused;
  }
  protected async again(): Promise<void> {
    const panel = document.getElementById("panel");
    const ids = ["codebook-head", "codebook-pairs", "codebook-tree", "codebook-gone"];
    if (panel?.querySelector(".node-form") && !isDirty(panel)) ids.push("panel");
    await refresh(ids);
  }

  async move(nodes: string[], parent: string, before: string): Promise<void> {
    if (nodes.length === 0) return;
    if (parent !== "0") this.folded.delete(parent);
    const elsewhere = nodes.some((n) => this.querySelector<HTMLElement>(`tr[data-node="${n}"]`)?.dataset["parent"] !== parent);
    if (elsewhere && (await asksFirst(`/projects/${this.dataset["project"]}/nodes/move?${nodes.map((n) => `nodes=${n}`).join("&")}&parent=${parent}`))) return;
    const ok = await this.change("nodes/move", fields([...nodes.map((n): [string, string] => ["nodes", n]), ["parent", parent], ["before", before]]), nodes[0]);
    if (ok) this.say(this.querySelector<HTMLElement>('[data-part="say"]')?.dataset["moved"]);
  }

  // step moves a row by one place or one level, as Alt with an arrow asks.
  protected step(row: Row, key: string): void {
    const brothers = this.siblings(row);
    const i = brothers.indexOf(row);
    const parent = row.dataset["parent"]!;
    const node = [row.dataset["node"]!];
    if (key === "ArrowUp" && i > 0) void this.move(node, parent, brothers[i - 1]!.dataset["node"]!);
    if (key === "ArrowDown" && i < brothers.length - 1) void this.move(node, parent, brothers[i + 2]?.dataset["node"] ?? "0");
    if (key === "ArrowRight" && i > 0) void this.move(node, brothers[i - 1]!.dataset["node"]!, "0");
    const above = this.row(parent);
    if (key === "ArrowLeft" && above) {
      const uncles = this.siblings(above);
      void this.move(node, above.dataset["parent"]!, uncles[uncles.indexOf(above) + 1]?.dataset["node"] ?? "0");
    }
  }

  protected rename(row: Row): void {
    const link = row.querySelector<HTMLAnchorElement>(".node-name");
    if (!link || this.dataset["edit"] === undefined) return;
    const was = row.dataset["name"] ?? "";
    const field = document.createElement("input");
    field.className = "rename";
    field.value = was;
    field.maxLength = 120;
    field.setAttribute("aria-label", was);
    link.hidden = true;
    link.after(field);
    row.draggable = false;
    field.focus();
    field.select();
    let over = false;
    const end = async (keep: boolean, back: boolean): Promise<void> => {
      if (over) return;
      over = true;
      const name = field.value.trim();
      field.remove();
      link.hidden = false;
      row.draggable = this.mayShape;
      if (back) row.focus();
      if (!keep || name === "" || name === was) return;
      const bdi = link.querySelector("bdi");
      if (bdi) bdi.textContent = name;
      const ok = await this.change(`nodes/${row.dataset["node"]}`, fields([["rev", row.dataset["rev"] ?? ""], ["name", name]]));
      if (ok) this.say(this.querySelector<HTMLElement>('[data-part="say"]')?.dataset["renamed"]);
      else if (bdi) bdi.textContent = was;
    };
    field.addEventListener("keydown", (e) => {
      e.stopPropagation();
      if (e.isComposing) return;
      if (e.key === "Enter") {
        e.preventDefault();
        void end(true, true);
      }
      if (e.key === "Escape") void end(false, true);
    });
    field.addEventListener("blur", () => void end(true, false));
  }

  protected onKey(e: KeyboardEvent): void {
    if (e.target instanceof HTMLElement && e.target.id === "gather-name" && e.key === "Enter" && !e.isComposing) {
      e.preventDefault();
      return void this.act("gather", null);
    }
    const row = this.rowOf(e.target);
    if (e.key === "Escape" && this.chosen.size > 0 && !(e.target instanceof Element && e.target.closest("[popover]"))) return this.chooseNone();
    if (!row || (e.target instanceof HTMLInputElement && e.target.type !== "checkbox")) return;
    if (e.key.startsWith("Arrow") && e.altKey) {
      e.preventDefault();
      if (this.mayShape) this.step(row, e.key);
      return;
    }
    if (e.ctrlKey || e.metaKey) {
      if (e.key.toLowerCase() === "a") {
        e.preventDefault();
        for (const r of this.seen()) this.chosen.add(r.dataset["node"]!);
        for (const r of this.rows()) this.paint(r);
        this.count();
      }
      return;
    }
    const seen = this.seen();
    const i = seen.indexOf(row);
    const walk = (to: Row | undefined) => {
      if (!to) return;
      if (e.shiftKey && this.mayShape) {
        if (this.anchor === "" || this.chosen.size === 0) this.anchor = row.dataset["node"]!;
        this.choose(to, true, true);
      }
      this.go(to);
    };
    switch (e.key) {
      case "ArrowDown": walk(seen[i + 1]); break;
      case "ArrowUp": walk(seen[i - 1]); break;
      case "Home": walk(seen[0]); break;
      case "End": walk(seen[seen.length - 1]); break;
      case "ArrowRight":
        if (row.getAttribute("aria-expanded") === "false") this.toggle(row, true);
        else if (row.hasAttribute("aria-expanded")) this.go(seen[i + 1]);
        break;
      case "ArrowLeft":
        if (row.getAttribute("aria-expanded") === "true") this.toggle(row, false);
        else this.go(this.row(row.dataset["parent"] ?? "") ?? undefined);
        break;
      case " ": this.choose(row, !this.chosen.has(row.dataset["node"]!)); break;
      case "Enter": {
        const link = row.querySelector<HTMLAnchorElement>(".node-name");
        if (link) link.click();
        break;
      }
      case "F2": this.rename(row); break;
      case "Delete":
        if (!this.mayShape) return;
        if (this.chosen.size === 0) this.choose(row, true);
        void this.act("removed", null);
        break;
      default: return;
    }
    e.preventDefault();
  }

  protected onClick(e: MouseEvent): void {
    if (!(e.target instanceof Element)) return;
    const row = this.rowOf(e.target);
    const button = e.target.closest<HTMLButtonElement>("[data-do]");
    if (button && this.contains(button)) {
      if (button.type === "submit") e.preventDefault();
      if (button.dataset["do"] === "toggle" && row) return this.toggle(row, row.getAttribute("aria-expanded") === "false");
      return void this.act(button.dataset["do"]!, button);
    }
    if (!row || e.target.closest("a, button, input, label")) return;
    if (e.shiftKey || e.ctrlKey || e.metaKey) {
      this.choose(row, !this.chosen.has(row.dataset["node"]!), e.shiftKey);
      return;
    }
    if (!getSelection()?.isCollapsed) return; // words are being copied
    this.pressed(row, e.target);
  }
  // pressed is what a click into a row does, beside its links and buttons.
  protected pressed(row: Row, _: Element): void {
    this.go(row);
    void openPanel(row.querySelector<HTMLAnchorElement>(".node-name")!.href, row.id);
  }

  // act does what a button of the tools or of the bar says.
  protected async act(what: string, button: HTMLButtonElement | null): Promise<void> {
    const nodes = this.picked();
    const each = nodes.map((n): [string, string] => ["nodes", n]);
    button?.closest<HTMLElement>("[popover]")?.hidePopover();
    switch (what) {
      case "fold":
      case "unfold":
        this.folded.clear();
        if (what === "fold") for (const r of this.rows()) if (r.hasAttribute("aria-expanded")) this.folded.add(r.dataset["node"]!);
        sessionStorage.setItem(this.key(), Array.from(this.folded).join(","));
        return this.draw();
      case "none":
        this.chooseNone();
        return this.go(this.row(this.at) ?? undefined);
      case "merge": {
        const all = this.lines.map((l) => l.node).filter((n) => this.chosen.has(n));
        if (all.length < 2) return toast(this.querySelector<HTMLElement>('[data-part="say"]')?.dataset["two"] ?? "");
        return this.ask("merge", all);
      }
      case "move":
        return this.ask("move", nodes);
      case "gather": {
        const field = this.querySelector<HTMLInputElement>("#gather-name");
        if (!field || field.value.trim() === "") return void field?.focus();
        field.closest<HTMLElement>("[popover]")?.hidePopover();
        if (await this.change("nodes/move", fields([...each, ["theme", field.value.trim()]]), nodes[0])) this.chooseNone();
        return;
      }
      case "paint":
        return this.paintAll(nodes, button?.value ?? "0");
      case "retired":
      case "removed": {
        const state = button?.value ?? what;
        if (state !== "live") return this.ask("state", nodes, ["state", state]);
        if (await this.change("nodes/state", fields([...each, ["state", state]]))) this.chooseNone();
      }
    }
  }
  private async paintAll(nodes: string[], colour: string): Promise<void> {
    for (const n of nodes) {
      const refused = await post(`/projects/${this.dataset["project"]}/nodes/${n}`, fields([["rev", this.row(n)?.dataset["rev"] ?? ""], ["colour", colour]]));
      if (refused) return toast(refused.error, "bad");
    }
    await this.again();
    this.go(this.row(this.at) ?? undefined);
  }
  private beside(nodes: string[]): string {
    const seen = this.seen();
    const i = seen.findIndex((r) => nodes.includes(r.dataset["node"]!));
    const rest = seen.slice(i + 1).concat(seen.slice(0, Math.max(i, 0)).reverse());
    return rest.find((r) => !nodes.includes(r.dataset["node"]!))?.dataset["node"] ?? "";
  }

  // ask shows what would happen; the card is the server's, with the form in it.
  private ask(what: string, nodes: string[], ...more: [string, string][]): void {
    if (nodes.length === 0) return;
    const query = new URLSearchParams([...nodes.map((n): [string, string] => ["nodes", n]), ...more]);
    void openConsequence(`/projects/${this.dataset["project"]}/nodes/${what}?${query}`);
  }
  // sent is called when what the dialog asked was done: the focus goes to what
  // it was done to, or beside it.
  private sent = (e: Event): void => {
    const { form } = (e as CustomEvent<{ form: HTMLFormElement }>).detail;
    if (!form.closest("#consequence-dialog")) return;
    const nodes = Array.from(form.querySelectorAll<HTMLInputElement>('input[name="nodes"]'), (f) => f.value);
    const into = form.querySelector<HTMLSelectElement>("#deed-into")?.value;
    const gone = into !== undefined || form.querySelector<HTMLInputElement>('input[name="state"]')?.value === "removed";
    this.at = into ?? (gone ? this.beside(nodes) : (nodes[0] ?? this.at));
    this.chooseNone();
    document.addEventListener("anyam:parts", () => this.go(this.row(this.at) ?? undefined), { once: true });
  };
}

customElements.define("code-tree", CodeTree);
