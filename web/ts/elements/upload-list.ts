// <upload-list>: takes files by button or by dropping, sends two at a time
// with their progress, and leads to the preview of each. One that fails says
// why and the others go on. (XMLHttpRequest, since fetch tells nothing about
// how much was sent.)
import { Batch } from "../lib/batch";
import { choose, type Chosen, walked } from "../lib/chosen";
import { closePanel, openPanel } from "../lib/parts";

interface Answer {
  ok: boolean;
  file?: string;
  found?: string;
  already?: string;
  table?: string;
  error?: string;
}

const atOnce = 2;
const few = 10; // more than these are read by the server in the background

class Upload {
  request: XMLHttpRequest | null = null;
  constructor(readonly file: File, readonly row: HTMLElement, readonly replaces = "") {}
}

class UploadList extends HTMLElement {
  private waiting: Upload[] = [];
  private running = new Set<Upload>();
  private words = new Map<string, string>();
  private over = 0;
  private batch: Batch | null = null;

  connectedCallback(): void {
    if (!this.querySelector("#upload-row")) return;
    for (const d of this.querySelectorAll<HTMLElement>("#upload-words [data-say]")) this.words.set(d.dataset["say"] ?? "", d.textContent ?? "");
    this.addEventListener("change", (e) => {
      const field = e.target;
      if (!(field instanceof HTMLInputElement) || field.type !== "file") return;
      field.closest<HTMLElement>("[popover]")?.hidePopover();
      this.take(choose(Array.from(field.files ?? []), field.webkitdirectory), field.dataset["replaces"]);
      field.value = "";
    });
    this.addEventListener("dragenter", (e) => this.mark(e, 1));
    this.addEventListener("dragleave", (e) => this.mark(e, -1));
    this.addEventListener("dragover", (e) => {
      if (!carriesFiles(e)) return;
      e.preventDefault();
      if (e.dataTransfer) e.dataTransfer.dropEffect = "copy";
    });
    this.addEventListener("drop", (e) => {
      if (!carriesFiles(e)) return;
      e.preventDefault();
      this.over = 0;
      this.classList.remove("over");
      void dropped(e.dataTransfer!).then((c) => this.take(c));
    });
    this.querySelector('[data-do="clear"]')?.addEventListener("click", () => {
      for (const row of this.rows()) if (!["sending", "reading", "queued"].includes(row.dataset["state"] ?? "")) row.remove();
      this.tell();
      this.rest(null);
    });
    document.addEventListener("anyam:panel", this.panel);
    document.addEventListener("anyam:sent", this.sent);
    addEventListener("beforeunload", this.leave);
    this.tell();
  }

  disconnectedCallback(): void {
    document.removeEventListener("anyam:panel", this.panel);
    document.removeEventListener("anyam:sent", this.sent);
    removeEventListener("beforeunload", this.leave);
  }

  private leave = (e: BeforeUnloadEvent): void => {
    if (this.running.size + this.waiting.length > 0 || this.batch?.sending) e.preventDefault();
  };

  private mark(e: DragEvent, by: number): void {
    if (!carriesFiles(e)) return;
    e.preventDefault();
    this.over = Math.max(0, this.over + by);
    this.classList.toggle("over", this.over > 0);
  }

  private rows(): HTMLElement[] {
    return Array.from(this.querySelectorAll<HTMLElement>(".file-list > .file"));
  }

  private say(name: string, put: Record<string, string | number> = {}): string {
    let s = this.words.get(name) ?? "";
    for (const [k, v] of Object.entries(put)) s = s.replace(`{${k}}`, typeof v === "number" ? v.toLocaleString(document.documentElement.lang) : v);
    return s;
  }

  // take queues files. A folder, a zip and many files become a batch, which the
  // server reads by itself.
  private take(c: Chosen, replaces = ""): void {
    const at = this.dataset["batches"];
    if (at && !replaces && c.files.length > 0 && (c.folder || c.files.length > few || c.files.some((f) => /\.zip$/i.test(f.name)))) {
      this.batch = new Batch(c.files, c.paths, c.passed, c.name);
      void this.batch.ask(at, this.adder());
      return;
    }
    const list = this.querySelector(".file-list");
    const pattern = this.querySelector<HTMLTemplateElement>("#upload-row")?.content.firstElementChild;
    if (!list || !pattern) return;
    for (const file of c.files) {
      const row = pattern.cloneNode(true) as HTMLElement;
      part(row, "name").textContent = file.name;
      const up = new Upload(file, row, replaces);
      if (replaces) row.dataset["replaces"] = replaces;
      part(row, "stop").addEventListener("click", () => this.stop(up));
      part(row, "again").addEventListener("click", () => this.queue(up));
      list.append(row);
      this.queue(up);
    }
  }

  private queue(up: Upload): void {
    const limit = Number(this.dataset["largest"] ?? 50);
    if (up.file.size > limit * 1024 * 1024) return this.fail(up, this.say("large", { mb: Math.ceil(up.file.size / 1024 / 1024), limit }), false);
    if (up.file.size === 0) return this.fail(up, this.say("empty"), false);
    this.show(up, "queued", this.say("queued"));
    part(up.row, "stop").textContent = this.say("cancel");
    this.waiting.push(up);
    this.next();
  }

  private next(): void {
    while (this.running.size < atOnce) {
      const up = this.waiting.shift();
      if (!up) break;
      this.send(up);
    }
    this.tell();
  }

  private send(up: Upload): void {
    const request = (up.request = new XMLHttpRequest());
    this.running.add(up);
    this.show(up, "sending", this.say("sending", { percent: 0 }));
    const bar = part(up.row, "bar") as HTMLProgressElement;
    bar.value = 0;
    request.upload.addEventListener("progress", (e) => {
      if (!e.lengthComputable) return;
      bar.value = (100 * e.loaded) / e.total;
      part(up.row, "found").textContent = this.say("sending", { percent: Math.floor(bar.value) });
    });
    request.upload.addEventListener("load", () => {
      this.show(up, "reading", this.say("reading"));
      bar.removeAttribute("value");
    });
    const end = (then: () => void) => () => {
      this.running.delete(up);
      up.request = null;
      then();
      this.next();
    };
    request.addEventListener("load", end(() => this.answered(up, request)));
    request.addEventListener("error", end(() => this.fail(up, this.say("lost"), true)));
    request.addEventListener("timeout", end(() => this.fail(up, this.say("lost"), true)));
    request.addEventListener("abort", end(() => this.fail(up, this.say("stopped"), true)));
    const body = new FormData();
    body.append("file", up.file, up.file.name);
    request.open("POST", this.dataset["post"] ?? "");
    request.setRequestHeader("Accept", "application/json");
    request.send(body);
  }

  private answered(up: Upload, request: XMLHttpRequest): void {
    let a: Answer | null = null;
    try {
      a = JSON.parse(request.responseText) as Answer;
    } catch {
      // Something between us and the server answered.
    }
    if (request.status === 401) return this.fail(up, this.say("signin"), true);
    if (!a?.ok || !a.file) {
      // What the server had no time for may be sent again; what it refuses stays refused.
      return this.fail(up, a?.error ?? this.say("refused"), !a?.error || [408, 429, 503].includes(request.status));
    }
    // The same bytes wait already: one row for them is enough.
    for (const r of this.rows()) if (r !== up.row && r.dataset["state"] === "ready" && r.dataset["sum"] === a.file && r.dataset["replaces"] === up.row.dataset["replaces"]) r.remove();
    up.row.dataset["sum"] = a.file;
    const check = part(up.row, "check") as HTMLAnchorElement;
    check.href = `${this.dataset["post"]}/${a.file}${up.replaces && `?replaces=${up.replaces}`}`;
    if (a.table) this.table(up.row, check, a.table);
    this.show(up, "ready", a.found ?? "");
    if (a.table) return;
    // The first one opens by itself where nothing else is open.
    const panel = document.getElementById("panel");
    if (panel?.childElementCount === 0 && (up.replaces || this.rows().length === 1)) void openPanel(check.href, "preview-name", check);
  }

  // A table has a page of its own, where it is said what its rows are.
  private table(row: HTMLElement, check: HTMLAnchorElement, address: string): void {
    row.toggleAttribute("data-table", true);
    check.href = address;
    check.removeAttribute("data-panel");
    check.textContent = this.say("table");
  }

  private fail(up: Upload, why: string, again: boolean): void {
    this.show(up, "failed", why);
    part(up.row, "again").hidden = !again;
    part(up.row, "stop").textContent = this.say("dismiss");
  }

  private stop(up: Upload): void {
    if (up.request) return up.request.abort();
    this.waiting = this.waiting.filter((w) => w !== up);
    const next = up.row.nextElementSibling ?? up.row.previousElementSibling;
    up.row.remove();
    this.tell();
    this.rest(next);
  }

  private show(up: Upload, state: string, words: string): void {
    const busy = ["queued", "sending", "reading"].includes(state);
    const held = up.row.contains(document.activeElement);
    up.row.dataset["state"] = state;
    part(up.row, "found").textContent = words;
    part(up.row, "bar").hidden = !busy;
    part(up.row, "stop").hidden = state === "ready" || state === "added";
    part(up.row, "check").hidden = state !== "ready";
    part(up.row, "again").hidden = true;
    if (held) this.rest(up.row);
    this.tell();
  }

  private adder(): HTMLElement | null {
    return this.querySelector<HTMLElement>("#documents-add");
  }

  // rest gives the focus of what has gone to what a row offers, else to the button that adds.
  private rest(row: Element | null): void {
    if (row?.contains(document.activeElement) && (document.activeElement as HTMLElement).offsetParent) return;
    const own = Array.from(row?.querySelectorAll<HTMLElement>("a[href], button") ?? []).find((x) => !x.hidden);
    (own ?? this.adder())?.focus({ preventScroll: true });
  }

  private ready(): HTMLElement[] {
    return this.rows().filter((r) => r.dataset["state"] === "ready" && r.dataset["table"] === undefined);
  }

  // tell keeps the head of the list and the preview's second button right.
  private tell(): void {
    const rows = this.rows();
    const head = this.querySelector<HTMLElement>(".files-head");
    if (head) head.hidden = rows.length === 0;
    const sum = this.querySelector<HTMLElement>('.files-head [data-part="sum"]');
    const busy = this.running.size + this.waiting.length;
    if (sum) sum.textContent = busy > 0 ? this.say("sum", { done: rows.length - busy, all: rows.length }) : "";
    const status = this.querySelector<HTMLElement>('[data-part="status"]');
    if (status && busy === 0 && rows.length > 0) status.textContent = [this.say("sum", { done: rows.length, all: rows.length }), ...rows.filter((r) => ["failed", "added"].includes(r.dataset["state"] ?? "")).map(named)].join(" · ");
    this.panel();
  }

  // panel gives the open preview the sums of the other files that wait.
  private panel = (): void => {
    const form = document.querySelector<HTMLFormElement>("#preview-form");
    for (const row of this.rows()) row.toggleAttribute("data-open", !!form && row.dataset["sum"] === form.dataset["sum"]);
    if (!form) return;
    const others = this.ready().filter((r) => r.dataset["sum"] !== form.dataset["sum"] && r.dataset["replaces"] === undefined);
    form.querySelectorAll('input[name="also"]').forEach((f) => f.remove());
    for (const r of others) {
      const f = document.createElement("input");
      f.type = "hidden";
      f.name = "also";
      f.value = r.dataset["sum"] ?? "";
      form.append(f);
    }
    for (const name of ["all", "all-say"]) {
      const it = form.querySelector<HTMLElement>(`[data-part="${name}"]`);
      if (it) it.hidden = others.length === 0;
    }
    const n = form.querySelector('[data-part="others"]');
    if (n) n.textContent = `+${others.length}`;
  };

  // sent marks what was added and goes on to the next file.
  private sent = (e: Event): void => {
    const { form, submitter } = (e as CustomEvent<{ form: HTMLFormElement; submitter: HTMLButtonElement | null }>).detail;
    if (form.id !== "preview-form") return;
    const all = submitter?.name === "all";
    for (const row of this.ready()) {
      if (row.dataset["sum"] !== form.dataset["sum"] && (!all || row.dataset["replaces"] !== undefined)) continue;
      row.dataset["state"] = "added";
      const found = row.querySelector('[data-part="found"]');
      if (found) found.textContent = this.say("added");
      row.querySelectorAll<HTMLElement>("a, button").forEach((b) => (b.hidden = true));
    }
    const next = this.ready()[0]?.querySelector<HTMLAnchorElement>("a[data-panel]");
    closePanel();
    if (next) void openPanel(next.href, "preview-name", next);
    else this.rest(null);
    this.tell();
  };
}

function part(row: HTMLElement, name: string): HTMLElement {
  return row.querySelector<HTMLElement>(`[data-part="${name}"]`) ?? row;
}

// named is what a row says, with the name of its file.
function named(row: HTMLElement): string {
  return `${row.querySelector(".file-name")?.textContent}: ${part(row, "found").textContent}`;
}

function carriesFiles(e: DragEvent): boolean {
  return e.dataTransfer?.types.includes("Files") ?? false;
}

// dropped lists the files of a drop, going into folders.
async function dropped(data: DataTransfer): Promise<Chosen> {
  const entries = Array.from(data.items, (i) => (i.kind === "file" ? i.webkitGetAsEntry() : null));
  const plain = Array.from(data.files);
  if (entries.every((e) => !e || e.isFile)) return choose(plain, false);
  const { files, paths } = await walked(entries.filter((e) => e !== null));
  return choose(files, true, paths);
}

customElements.define("upload-list", UploadList);
