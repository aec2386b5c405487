// <theme-page>: evidence is put in order by dragging and by Alt with the arrows; a segment gets another code, or loses its own,
// and stays where it stands until the page is loaded again.
import { combine, draggable, dropTargetForElements } from "@atlaskit/pragmatic-drag-and-drop";
import { fetchPage, fields, post, refresh } from "../lib/parts";
import { renew } from "../lib/change";
import { toast } from "../lib/toast";
import { find } from "../coding/match";
import { Reading } from "./review-reader";

interface Code {
  id: number;
  name: string;
  theme: string;
  definition: string;
}

const most = 30;

class ThemePage extends HTMLElement {
  private reading: Reading | null = null;
  private drags: (() => void)[] = [];
  private codes: Promise<Code[]> | null = null;

  connectedCallback(): void {
    this.reading = new Reading(this);
    this.addEventListener("click", this.clicked);
    this.addEventListener("keydown", this.key);
    document.addEventListener("anyam:parts", this.follow);
    document.addEventListener("anyam:sent", this.sent);
    this.follow();
  }

  disconnectedCallback(): void {
    this.reading?.end();
    document.removeEventListener("anyam:parts", this.follow);
    document.removeEventListener("anyam:sent", this.sent);
    this.drags.forEach((d) => d());
  }

  // evidence -------------------------------------------------------------------

  private follow = (): void => {
    this.drags.forEach((d) => d());
    this.drags = [];
    for (const card of this.querySelectorAll<HTMLElement>(".evidence-card:has(.evidence-acts)")) this.drags.push(this.drag(card));
  };

  private drag(card: HTMLElement): () => void {
    const n = card.dataset["evidence"]!;
    const side = card.closest<HTMLElement>(".evidence")!.id;
    return combine(
      draggable({
        element: card,
        canDrag: ({ input }) => !document.elementFromPoint(input.clientX, input.clientY)?.closest("a, button, textarea, summary"),
        getInitialData: () => ({ evidence: n, side }),
        onDragStart: () => card.classList.add("dragged"),
        onDrop: () => card.classList.remove("dragged"),
      }),
      dropTargetForElements({
        element: card,
        canDrop: ({ source }) => source.data["side"] === side && source.data["evidence"] !== n,
        getData: ({ input }) => {
          const box = card.getBoundingClientRect();
          return { place: input.clientY < box.top + box.height / 2 ? "before" : "after" };
        },
        onDrag: ({ self }) => void (card.dataset["drop"] = self.data["place"] as string),
        onDragLeave: () => delete card.dataset["drop"],
        onDrop: ({ self, source }) => {
          delete card.dataset["drop"];
          let before: HTMLElement | null = card;
          if (self.data["place"] === "after") {
            before = card.nextElementSibling as HTMLElement | null;
            if (before?.dataset["evidence"] === source.data["evidence"]) before = before?.nextElementSibling as HTMLElement | null;
          }
          void this.place(source.data["evidence"] as string, before?.dataset["evidence"] ?? "0");
        },
      }),
    );
  }

  private async place(evidence: string, before: string): Promise<void> {
    const refused = await post(`${this.dataset["base"]}/evidence/${evidence}`, fields([["before", before]]));
    if (refused) toast(refused.error, "bad");
    await refresh(["theme-for", "theme-against"]);
    document.getElementById(`e${evidence}`)?.focus({ preventScroll: true });
  }

  private key = (e: KeyboardEvent): void => {
    if (!(e.target instanceof HTMLElement)) return;
    if (e.altKey && (e.key === "ArrowUp" || e.key === "ArrowDown")) {
      const card = e.target.closest<HTMLElement>(".evidence-card");
      const before = card?.querySelector<HTMLInputElement>(`form:has(button.${e.key === "ArrowUp" ? "up" : "down"}) input[name=before]`);
      if (!card || !before) return;
      e.preventDefault();
      void this.place(card.dataset["evidence"]!, before.value);
    } else if (e.key === "c" && this.dataset["letters"] === "on" && e.target.matches(".passage") && !e.ctrlKey && !e.metaKey && !e.altKey) {
      const link = e.target.querySelector<HTMLElement>("a[data-recode]");
      if (!link) return;
      e.preventDefault();
      void this.recode(e.target);
    }
  };

  // segments -------------------------------------------------------------------

  private clicked = (e: MouseEvent): void => {
    if (!(e.target instanceof Element) || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    const segment = e.target.closest<HTMLElement>(".passage");
    if (segment && e.target.closest("a[data-recode]")) {
      e.preventDefault();
      void this.recode(segment);
    }
  };

  /** What happens to a segment after one of its forms was sent. */
  private sent = (e: Event): void => {
    const { form } = (e as CustomEvent<{ form: HTMLFormElement }>).detail;
    const segment = form.closest<HTMLElement>(".passage-list > .passage");
    if (!segment || !this.contains(form)) return;
    if (form.dataset["removes"] !== undefined) return this.gone(segment);
    void this.again(segment);
  };

  private gone(segment: HTMLElement): void {
    const note = document.createElement("p");
    note.className = "passage-note";
    note.setAttribute("role", "status");
    note.textContent = this.dataset["removed"] ?? "";
    segment.dataset["gone"] = "";
    segment.querySelector(".around")?.removeAttribute("open");
    segment.append(note);
    segment.focus({ preventScroll: true });
    void refresh(["theme-figures", "theme-checks", "theme-for", "theme-against", "theme-codes", "theme-spread", "theme-threads"]);
  }

  /** Draws a segment again where it stands. */
  private async again(segment: HTMLElement, mark = false): Promise<void> {
    const n = segment.dataset["passage"]!;
    const page = await fetchPage(`${this.dataset["base"]}/themes/${this.dataset["theme"]}/segment?coding=${n}`, true);
    const fresh = page?.querySelector<HTMLElement>(".passage");
    if (!fresh) return;
    const open = segment.querySelector<HTMLDetailsElement>("details.around")?.open ?? false;
    const held = segment.contains(document.activeElement);
    fresh.querySelectorAll<HTMLDetailsElement>("details.around").forEach((d) => (d.open = open));
    if (mark || segment.dataset["changed"] !== undefined) fresh.dataset["changed"] = "";
    segment.replaceWith(fresh);
    renew(fresh);
    if (held || document.activeElement === document.body) fresh.focus({ preventScroll: true });
  }

  private all(): Promise<Code[]> {
    this.codes ??= fetch(this.dataset["codebook"]!, { headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then((r) => (r.ok ? r.json() : Promise.reject(new Error(String(r.status)))))
      .then((j: { nodes: { id: number; name: string; parent: number; codable: boolean; state: string; definition: string }[] }) => {
        const names = new Map(j.nodes.map((x) => [x.id, x.name]));
        return j.nodes.filter((x) => x.codable && x.state === "live").map((x) => ({ id: x.id, name: x.name, theme: names.get(x.parent) ?? "", definition: "" }));
      });
    this.codes.catch(() => (this.codes = null));
    return this.codes;
  }

  /** Opens a combobox in a segment, to give it another code. */
  private async recode(segment: HTMLElement): Promise<void> {
    const acts = segment.querySelector<HTMLElement>(".passage-acts");
    if (!acts || acts.querySelector(".recode")) return acts?.querySelector<HTMLInputElement>(".recode input")?.focus();
    const n = segment.dataset["passage"]!;
    const now = Number(segment.dataset["code"]);
    const box = document.createElement("div");
    box.className = "recode";
    const label = document.createElement("label");
    label.htmlFor = `recode-${n}`;
    label.textContent = (this.dataset["recode"] ?? "").replace("{place}", segment.dataset["place"] ?? "");
    const input = document.createElement("input");
    Object.assign(input, { id: `recode-${n}`, autocomplete: "off", type: "text" });
    const list = document.createElement("div");
    list.className = "recode-list";
    list.id = `recode-list-${n}`;
    for (const [k, v] of [["role", "combobox"], ["aria-expanded", "true"], ["aria-controls", list.id], ["aria-autocomplete", "list"]] as const) input.setAttribute(k, v);
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", label.textContent);
    box.append(label, input, list);
    acts.append(box);
    input.focus({ preventScroll: true });
    let codes: Code[];
    try {
      codes = (await this.all()).filter((c) => c.id !== now);
    } catch {
      return box.remove();
    }
    let shown: Code[] = [];
    let active = 0;
    const close = (): void => {
      box.remove();
      segment.querySelector<HTMLElement>("a[data-recode]")?.focus({ preventScroll: true });
    };
    const mark = (): void => {
      [...list.children].forEach((o, i) => o.setAttribute("aria-selected", String(i === active && shown.length > 0)));
      if (shown.length === 0) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", list.children[active]!.id);
      list.children[active]!.scrollIntoView({ block: "nearest" });
    };
    const take = async (c: Code | undefined): Promise<void> => {
      if (!c) return;
      input.disabled = true;
      const refused = await post(`${this.dataset["base"]}/codings`, fields([["codings", n], ["code", c.id]]));
      input.disabled = false;
      if (refused) return toast(refused.error, "bad");
      segment.focus({ preventScroll: true });
      box.remove();
      await this.again(segment, true);
      void refresh(["theme-figures", "theme-checks", "theme-for", "theme-against", "theme-codes", "theme-spread"]);
    };
    const draw = (): void => {
      const q = input.value.trim();
      shown = q ? find(q, codes, most).map((f) => f.item) : codes.slice(0, most);
      active = 0;
      list.replaceChildren(
        ...shown.map((c, i) => {
          const o = document.createElement("div");
          o.id = `recode-${n}-${i}`;
          o.setAttribute("role", "option");
          const name = document.createElement("bdi");
          name.textContent = c.name;
          o.append(name);
          if (c.theme) o.append(Object.assign(document.createElement("small"), { textContent: c.theme }));
          o.addEventListener("pointerdown", (e) => e.preventDefault());
          o.addEventListener("click", () => void take(c));
          return o;
        }),
      );
      if (shown.length === 0) {
        const none = document.createElement("div");
        none.setAttribute("role", "option");
        none.setAttribute("aria-disabled", "true");
        none.textContent = this.dataset["none"] ?? "";
        list.append(none);
      }
      mark();
    };
    input.addEventListener("input", draw);
    input.addEventListener("blur", () => setTimeout(() => box.isConnected && !input.disabled && !box.contains(document.activeElement) && box.remove()));
    input.addEventListener("keydown", (e) => {
      if (e.isComposing) return;
      if (e.key === "ArrowDown") active = Math.min(active + 1, shown.length - 1);
      else if (e.key === "ArrowUp") active = Math.max(active - 1, 0);
      else if (e.key === "Enter") void take(shown[active]);
      else if (e.key === "Escape") close();
      else return;
      e.preventDefault();
      e.stopPropagation();
      if (box.isConnected) mark();
    });
    draw();
  }
}

customElements.define("theme-page", ThemePage);
