// <theme-map>: themes and codes as nodes, and lines between codes that meet.
// The server says what there is, in a list and a table below; here it is
// drawn, arranged, dragged and sent on. Places are kept for everybody.
import { fields, openPanel, post, refresh } from "../lib/parts";
import { toast } from "../lib/toast";
import { around, first, type Frame, from, lines, type Meeting, radius, width, zoom } from "../themes/edges";
import { arrange, type Body, type Place } from "../themes/layout";
import { type Card, cardOf, Moves } from "../themes/moves";
import { download, standalone } from "../themes/svg";

const ns = "http://www.w3.org/2000/svg";
const wait = 700; // ms after the last key before places are sent

interface Dot {
  card: Card;
  href: string;
  say: string;
  hue: string;
  pattern: string;
  r: number;
  retired: boolean;
  kept: boolean;
  at: Place;
}

function make<K extends keyof SVGElementTagNameMap>(name: K, attributes: Record<string, string | number> = {}): SVGElementTagNameMap[K] {
  const e = document.createElementNS(ns, name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, String(v));
  return e;
}

class ThemeMap extends HTMLElement {
  private svg = make("svg");
  private dots = new Map<string, Dot>();
  private meets: Meeting[] = [];
  private frame: Frame | null = null;
  private threshold = -1;
  private held: { node: string; from: Place; at: Place; moved: boolean } | null = null;
  private pan: { x: number; y: number; frame: Frame } | null = null;
  private unsent = new Set<string>();
  private timer = 0;
  private moves = new Moves(this, ["themes-head", "themes-map"], (focus) => this.focusOn(focus), (card) => this.neighbours(card));

  connectedCallback(): void {
    const canvas = this.canvas();
    if (!canvas) return;
    canvas.tabIndex = 0;
    this.svg.classList.add("map-svg");
    canvas.append(this.svg);
    this.read();
    this.fit();
    // On a phone the whole would be too small to read: begin near enough for the names.
    const wide = canvas.getBoundingClientRect().width / 0.7;
    if (wide < 700 && this.frame && this.frame.w > wide) this.view(zoom(this.frame, wide / this.frame.w));
    this.draw();
    document.addEventListener("anyam:parts", this.drawn);
    document.addEventListener("anyam:panel", this.mark);
    this.moves.connect();
    this.addEventListener("click", (e) => this.onClick(e));
    canvas.addEventListener("keydown", (e) => this.onKey(e));
    canvas.addEventListener("pointerdown", (e) => this.onDown(e));
    canvas.addEventListener("pointermove", (e) => this.onMove(e));
    canvas.addEventListener("pointerup", (e) => this.onUp(e));
    canvas.addEventListener("pointercancel", () => this.letGo());
    canvas.addEventListener("contextmenu", (e) => {
      const dot = this.dotOf(e.target);
      if (!dot || !this.moves.may) return;
      e.preventDefault();
      this.moves.open(dot.card, e.target as Element);
    });
    canvas.addEventListener("wheel", (e) => {
      if (!e.ctrlKey || !this.frame) return; // the page scrolls as ever
      e.preventDefault();
      this.view(zoom(this.frame, e.deltaY > 0 ? 1.15 : 1 / 1.15, this.point(e)));
    }, { passive: false });
    const slider = this.slider();
    slider?.addEventListener("input", () => {
      this.threshold = Number(slider.value);
      this.draw();
    });
    addEventListener("pagehide", this.flush);
  }
  disconnectedCallback(): void {
    document.removeEventListener("anyam:parts", this.drawn);
    document.removeEventListener("anyam:panel", this.mark);
    removeEventListener("pagehide", this.flush);
    this.moves.disconnect();
  }

  private canvas(): HTMLElement | null {
    return this.querySelector<HTMLElement>('[data-part="canvas"]');
  }
  private slider(): HTMLInputElement | null {
    return this.querySelector<HTMLInputElement>("#map-threshold");
  }
  private neighbours(card: Card): [Card | null, Card | null, Card | null] {
    const all = Array.from(this.dots.values(), (d) => d.card).filter((c) => c.parent === card.parent && c.kind === card.kind);
    const i = all.findIndex((c) => c.node === card.node);
    return [all[i - 1] ?? null, all[i + 1] ?? null, all[i + 2] ?? null];
  }

  // read takes what the server wrote. What is on its way to it stays where it was put here.
  private read(): void {
    const was = this.dots;
    const items = Array.from(this.querySelectorAll<HTMLElement>('[data-part="nodes"] [data-node]'));
    this.dots = new Map();
    const bodies: Body[] = [];
    for (const e of items) {
      const card = cardOf(e), theme = card.kind === "theme";
      const r = radius(Number(e.dataset["size"]), theme);
      const kept = e.dataset["x"] !== "";
      let at: Place | undefined = kept ? { x: Number(e.dataset["x"]), y: Number(e.dataset["y"]) } : was.get(card.node)?.at;
      if (this.unsent.has(card.node)) at = was.get(card.node)?.at ?? at;
      this.dots.set(card.node, {
        card, r, kept, at: at ?? { x: 0, y: 0 },
        href: e.querySelector("a")?.href ?? "", say: e.dataset["say"] ?? "", hue: e.dataset["hue"] ?? "1", pattern: e.dataset["pattern"] ?? "0", retired: e.dataset["retired"] !== undefined,
      });
      const name = Math.max(...lines(card.name).map((l) => l.length));
      bodies.push({ id: card.node, parent: card.parent, theme, r: r + Math.min(54, 10 + name * 1.8), ...(at ?? {}) });
    }
    this.meets = Array.from(this.querySelectorAll<HTMLElement>("tr[data-a]"), (e) => ({ a: e.dataset["a"]!, b: e.dataset["b"]!, percent: Number(e.dataset["percent"]) }));
    if (bodies.some((b) => b.x === undefined)) this.place(bodies);
    if (this.threshold < 0) {
      this.threshold = first(this.meets);
      const slider = this.slider();
      if (slider) slider.value = String(this.threshold);
    }
  }
  private place(bodies: Body[]): void {
    const places = arrange(bodies, this.meets.map((m) => ({ a: m.a, b: m.b, strength: m.percent / 100 })));
    for (const [node, at] of places) this.dots.get(node)!.at = at;
  }

  private drawn = (e: Event): void => {
    const ids = (e as CustomEvent<string[]>).detail;
    if (!ids.includes("themes-map") || this.held) return;
    this.read();
    this.draw();
  };
  private mark = (): void => {
    const open = new URLSearchParams(location.search).get("node");
    for (const g of this.svg.querySelectorAll<SVGGElement>("g[data-node]")) g.classList.toggle("on", g.dataset["node"] === open);
  };

  private draw(): void {
    const focused = this.svg.contains(document.activeElement) ? (document.activeElement as SVGElement).dataset["node"] : undefined;
    const shown = from(this.meets, this.threshold);
    const under = make("g"), over = make("g");
    for (const d of this.dots.values()) {
      const up = this.dots.get(d.card.parent);
      if (up) under.append(this.line("member", d.card.node, up.card.node));
    }
    for (const m of shown) {
      if (!this.dots.has(m.a) || !this.dots.has(m.b)) continue;
      const l = this.line("meet", m.a, m.b);
      l.setAttribute("stroke-width", String(width(m.percent)));
      under.append(l);
    }
    for (const d of this.dots.values()) over.append(this.node(d));
    this.svg.replaceChildren(under, over);
    this.mark();
    const rows = this.querySelectorAll<HTMLElement>("tr[data-a]");
    for (const r of rows) r.hidden = Number(r.dataset["percent"]) < this.threshold;
    const out = this.querySelector<HTMLOutputElement>("output");
    // The picture that the server draws shows the same lines: the table has the strongest first.
    const png = this.querySelector<HTMLAnchorElement>('a[data-part="png"]');
    if (png) {
      const to = new URL(png.href);
      to.searchParams.set("lines", String(shown.length));
      png.href = to.pathname + to.search;
    }
    if (out) out.textContent = `${this.threshold}% · ${(this.dataset["shown"] ?? "").replace("{n}", String(shown.length)).replace("{all}", String(this.meets.length))}`;
    if (focused) this.svg.querySelector<SVGGElement>(`g[data-node="${focused}"]`)?.focus({ preventScroll: true });
  }

  private line(kind: string, a: string, b: string): SVGLineElement {
    const p = this.dots.get(a)!.at, q = this.dots.get(b)!.at;
    const l = make("line", { class: kind, x1: p.x, y1: p.y, x2: q.x, y2: q.y });
    l.dataset["a"] = a;
    l.dataset["b"] = b;
    return l;
  }
  private node(d: Dot): SVGGElement {
    const g = make("g", { class: `map-dot ${d.card.kind}${d.retired ? " retired" : ""}`, role: "button", tabindex: 0, transform: `translate(${d.at.x} ${d.at.y})` });
    g.dataset["node"] = d.card.node;
    g.dataset["hue"] = d.hue;
    g.dataset["pattern"] = d.pattern;
    const kind = this.dataset[d.card.kind === "theme" ? "kindTheme" : "kindCode"] ?? "";
    g.setAttribute("aria-label", (this.dataset["group"] ?? "{name}").replace("{name}", d.card.name).replace("{kind}", kind).replace("{codings}", d.say));
    const touch = make("circle", { class: "touch", r: Math.max(d.r, 14) });
    const ring = make("circle", { class: "ring", r: d.r });
    if (d.pattern === "1") ring.setAttribute("stroke-dasharray", "7 4");
    if (d.pattern === "2") ring.setAttribute("stroke-dasharray", "2 3.5");
    g.append(touch, ring);
    if (d.card.kind === "code") g.append(make("circle", { class: "core", r: Math.max(2, d.r - 4) }));
    const text = make("text", { y: d.r + 16, "aria-hidden": "true" }); // the group has the name
    lines(d.card.name).forEach((l, i) => {
      const s = make("tspan", { x: 0, dy: i === 0 ? 0 : 17 });
      s.textContent = i === 0 ? l : " " + l; // read, it is one name
      text.append(s);
    });
    g.append(text);
    return g;
  }
  // shift puts one node elsewhere, with its lines.
  private shift(node: string, at: Place): void {
    const d = this.dots.get(node);
    if (!d) return;
    d.at = { x: Math.round(at.x), y: Math.round(at.y) };
    this.svg.querySelector(`g[data-node="${node}"]`)?.setAttribute("transform", `translate(${d.at.x} ${d.at.y})`);
    for (const l of this.svg.querySelectorAll<SVGLineElement>("line")) {
      if (l.dataset["a"] === node) {
        l.setAttribute("x1", String(d.at.x));
        l.setAttribute("y1", String(d.at.y));
      }
      if (l.dataset["b"] === node) {
        l.setAttribute("x2", String(d.at.x));
        l.setAttribute("y2", String(d.at.y));
      }
    }
  }

  private proportion(): number {
    const box = this.canvas()?.getBoundingClientRect();
    return box && box.height > 0 ? box.width / box.height : 1.6;
  }
  private fit(): void {
    this.view(around(Array.from(this.dots.values(), (d) => d.at), 90, this.proportion()));
  }
  private view(f: Frame): void {
    this.frame = f;
    this.svg.setAttribute("viewBox", `${f.x.toFixed(1)} ${f.y.toFixed(1)} ${f.w.toFixed(1)} ${f.h.toFixed(1)}`);
    // From far away names of codes are a grey haze: only those of themes stand there, in letters one can read.
    const unit = f.w / (this.svg.clientWidth || f.w);
    if (this.svg.classList.toggle("far", unit > 2.4)) this.svg.style.setProperty("--unit", unit.toFixed(2));
  }
  private point(e: MouseEvent): Place {
    const box = this.svg.getBoundingClientRect(), f = this.frame!;
    return { x: f.x + ((e.clientX - box.left) / box.width) * f.w, y: f.y + ((e.clientY - box.top) / box.height) * f.h };
  }

  private dotOf(target: EventTarget | null): Dot | null {
    const g = target instanceof Element ? target.closest<SVGGElement>("g[data-node]") : null;
    return g ? (this.dots.get(g.dataset["node"] ?? "") ?? null) : null;
  }
  private focusOn(node: string): void {
    this.svg.querySelector<SVGGElement>(`g[data-node="${node}"]`)?.focus({ preventScroll: true });
  }
  private get mayArrange(): boolean {
    return this.dataset["arrange"] !== undefined;
  }

  private onDown(e: PointerEvent): void {
    if (e.button !== 0 || !this.frame) return;
    const dot = this.dotOf(e.target);
    this.canvas()!.setPointerCapture(e.pointerId);
    if (dot) this.held = { node: dot.card.node, from: this.point(e), at: dot.at, moved: false };
    else this.pan = { x: e.clientX, y: e.clientY, frame: this.frame };
  }
  private onMove(e: PointerEvent): void {
    if (this.pan && this.frame) {
      const box = this.svg.getBoundingClientRect(), f = this.pan.frame;
      this.view({ ...f, x: f.x - ((e.clientX - this.pan.x) / box.width) * f.w, y: f.y - ((e.clientY - this.pan.y) / box.height) * f.h });
    }
    if (!this.held) return;
    const p = this.point(e), h = this.held;
    const far = (Math.hypot(p.x - h.from.x, p.y - h.from.y) / this.frame!.w) * this.svg.getBoundingClientRect().width;
    if (!h.moved && (far < 4 || !this.mayArrange)) return;
    h.moved = true;
    this.svg.querySelector(`g[data-node="${h.node}"]`)?.classList.add("dragged");
    this.shift(h.node, { x: h.at.x + p.x - h.from.x, y: h.at.y + p.y - h.from.y });
  }
  private onUp(_e: PointerEvent): void {
    const h = this.held;
    this.letGo();
    if (!h) return;
    this.focusOn(h.node);
    if (!h.moved) return void openPanel(this.dots.get(h.node)!.href).then(() => this.mark());
    this.keep([h.node], 0);
  }
  private letGo(): void {
    if (this.held) this.svg.querySelector(`g[data-node="${this.held.node}"]`)?.classList.remove("dragged");
    this.held = null;
    this.pan = null;
  }

  private onKey(e: KeyboardEvent): void {
    if (e.isComposing || !this.frame) return;
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "z") {
      e.preventDefault();
      return void this.moves.takeBack();
    }
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const dot = this.dotOf(e.target);
    const by = e.shiftKey ? 60 : 12;
    const way = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, [number, number]>)[e.key];
    if (way) {
      e.preventDefault();
      if (dot && this.mayArrange) {
        this.shift(dot.card.node, { x: dot.at.x + way[0] * by, y: dot.at.y + way[1] * by });
        this.keep([dot.card.node], wait);
      } else this.view({ ...this.frame, x: this.frame.x + (way[0] * this.frame.w) / 12, y: this.frame.y + (way[1] * this.frame.h) / 12 });
      return;
    }
    switch (e.key) {
      case "+":
      case "=": this.view(zoom(this.frame, 1 / 1.25)); break;
      case "-": this.view(zoom(this.frame, 1.25)); break;
      case "0": this.fit(); break;
      case "Enter":
      case " ":
        if (!dot) return;
        void openPanel(dot.href).then(() => this.mark());
        break;
      case "m":
      case "M":
        if (!dot || !this.moves.may) return;
        this.moves.open(dot.card, e.target as Element);
        break;
      default: return;
    }
    e.preventDefault();
  }

  private onClick(e: MouseEvent): void {
    const button = e.target instanceof Element ? e.target.closest<HTMLButtonElement>(".map-tools [data-do]") : null;
    if (!button || !this.frame) return;
    switch (button.dataset["do"]) {
      case "in": return this.view(zoom(this.frame, 1 / 1.25));
      case "out": return this.view(zoom(this.frame, 1.25));
      case "fit": return this.fit();
      case "arrange": return void this.arrangeAgain();
      case "svg": return this.save();
    }
  }

  // keep sends places. The first time all are kept, so that nothing else moves when one is put elsewhere.
  private keep(nodes: string[], after: number): void {
    for (const n of nodes) this.unsent.add(n);
    for (const d of this.dots.values()) if (!d.kept) this.unsent.add(d.card.node);
    clearTimeout(this.timer);
    if (after === 0) void this.send();
    else this.timer = window.setTimeout(() => void this.send(), after);
  }
  private flush = (): void => {
    if (this.unsent.size === 0) return;
    clearTimeout(this.timer);
    navigator.sendBeacon(this.address(), this.body());
    this.unsent.clear();
  };
  private address(): string {
    return `/projects/${this.dataset["project"]}/themes/spots`;
  }
  private body(): URLSearchParams {
    const pairs: [string, string | number][] = [];
    for (const n of this.unsent) {
      const d = this.dots.get(n);
      if (d) pairs.push(["node", n], ["x", d.at.x], ["y", d.at.y]);
    }
    return fields(pairs);
  }
  private async send(): Promise<number> {
    if (this.unsent.size === 0) return 0;
    const sent = new Map(Array.from(this.unsent, (n) => [n, this.dots.get(n)?.at]));
    let seq = 0;
    this.dataset["saving"] = "";
    const refused = await post(this.address(), this.body(), (a) => (seq = (a as { seq?: number }).seq ?? 0));
    delete this.dataset["saving"];
    if (refused) toast(refused.error, "bad");
    for (const [n, at] of sent) {
      const d = this.dots.get(n), e = this.querySelector<HTMLElement>(`[data-part="nodes"] [data-node="${n}"]`);
      if (d?.at === at) this.unsent.delete(n); // else it was put elsewhere meanwhile
      if (!d || refused) continue;
      d.kept = true;
      if (e && at) {
        e.dataset["x"] = String(at.x);
        e.dataset["y"] = String(at.y);
      }
    }
    if (refused && refused.kind !== "busy") {
      this.unsent.clear();
      await refresh(["themes-map"]);
    }
    return seq;
  }

  private async arrangeAgain(): Promise<void> {
    const bodies: Body[] = Array.from(this.dots.values(), (d) => {
      const name = Math.max(...lines(d.card.name).map((l) => l.length));
      return { id: d.card.node, parent: d.card.parent, theme: d.card.kind === "theme", r: d.r + Math.min(54, 10 + name * 1.8) };
    });
    this.place(bodies);
    for (const d of this.dots.values()) this.unsent.add(d.card.node);
    this.draw();
    this.fit();
    const seq = await this.send();
    if (seq > 0) void this.moves.offer(seq);
  }

  private save(): void {
    const frame = around(Array.from(this.dots.values(), (d) => d.at), 110, this.proportion());
    const shown = from(this.meets, this.threshold).length;
    const desc = (this.dataset["desc"] ?? "").replace("{nodes}", String(this.dots.size)).replace("{edges}", String(shown));
    this.svg.classList.remove("far"); // in a file one comes as near as one likes
    download(`${this.dataset["file"] ?? "themes"}.svg`, standalone(this.svg, frame, `${this.dataset["title"] ?? ""}: ${document.querySelector(".bar .where")?.textContent ?? ""}`, desc));
    if (this.frame) this.view(this.frame);
  }
}

customElements.define("theme-map", ThemeMap);
