// Many files at once: the form beside the list of documents says what holds
// for all of them; then they are sent in as many requests as they need, and
// read by the server while the page goes on to the report.
import { closePanel, openPanel } from "./parts";
import { toast } from "./toast";

interface Answer {
  ok?: boolean;
  next?: string;
  error?: string;
}

const perRequest = 40 * 1024 * 1024; // bytes of files in one request
const mostPerRequest = 100;

// Batch holds what was dropped until it has been sent.
export class Batch {
  private request: XMLHttpRequest | null = null;
  private words = new Map<string, string>();
  private sent = 0; // bytes of requests that were answered
  private next = 0; // the request to be sent

  constructor(
    private readonly files: File[],
    private readonly paths: WeakMap<File, string>, // with their folders, of those that have some
    private readonly passed: number,
    private readonly name: string,
  ) {}

  // ask opens the form. From is what was pressed.
  async ask(address: string, from: HTMLElement | null): Promise<void> {
    await openPanel(address, "batch-kind", from);
    const form = document.querySelector<HTMLFormElement>("#batch-form");
    if (!form) return;
    for (const d of document.querySelectorAll<HTMLElement>("#batch-words [data-say]")) this.words.set(d.dataset["say"] ?? "", d.textContent ?? "");
    const most = Number(form.dataset["most"]);
    const panel = form.closest("#panel") ?? form;
    if (this.name) panel.querySelector('[data-part="name"]')!.textContent = this.name;
    const kb = Math.ceil(this.size() / 1024);
    const size = kb < 1024 ? this.say("kb", { n: kb }) : this.say("mb", { n: Math.round(kb / 1024) });
    const says = [this.say(this.files.length === 1 ? "file" : "files", { n: this.files.length, size })];
    if (this.passed > 0) says.push(this.say("passed", { n: this.passed }));
    panel.querySelector('[data-part="count"]')!.textContent = says.join(" · ");
    if (this.files.length > most) {
      this.tell(form, this.say("many", { n: this.files.length, most }));
      form.querySelector<HTMLButtonElement>("button.go")!.disabled = true;
    }
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      e.stopPropagation();
      if (!this.request) this.send(form);
    });
    form.querySelector('[data-part="drop"]')?.addEventListener("click", closePanel);
    // A key pressed too often must not cost what was sent; a form that was closed does not go on unseen.
    panel.addEventListener("keydown", (e) => {
      if (this.request && e instanceof KeyboardEvent && e.key === "Escape") e.preventDefault();
    });
    const closed = () => {
      if (form.isConnected) return;
      document.removeEventListener("anyam:panel", closed);
      if (!this.request) return;
      this.request.abort();
      this.request = null;
      toast(this.say("stopped"));
    };
    document.addEventListener("anyam:panel", closed);
  }

  // sending tells whether leaving the page would lose something.
  get sending(): boolean {
    return this.request !== null;
  }

  private size(): number {
    return this.files.reduce((n, f) => n + f.size, 0);
  }

  // requests groups the files so that no request is larger than the server takes.
  private requests(): File[][] {
    const all: File[][] = [];
    let bytes = 0;
    for (const f of this.files) {
      const last = all.at(-1);
      if (!last || bytes + f.size > perRequest || last.length >= mostPerRequest) {
        all.push([f]);
        bytes = f.size;
      } else {
        last.push(f);
        bytes += f.size;
      }
    }
    return all;
  }

  private say(name: string, put: Record<string, string | number> = {}): string {
    let s = this.words.get(name) ?? "";
    for (const [k, v] of Object.entries(put)) s = s.replace(`{${k}}`, typeof v === "number" ? v.toLocaleString(document.documentElement.lang) : v);
    return s;
  }

  private tell(form: HTMLFormElement, error: string): void {
    const it = form.querySelector<HTMLElement>('[data-part="error"]')!;
    it.textContent = error;
    it.hidden = error === "";
  }

  private send(form: HTMLFormElement): void {
    const groups = this.requests();
    const group = groups[this.next]!;
    const body = new FormData(form);
    body.delete("file");
    body.append("part", String(this.next));
    body.append("name", this.name);
    body.append("passed", String(this.passed));
    if (this.next + 1 < groups.length) body.append("more", "on");
    for (const f of group) body.append("file", f, this.paths.get(f) ?? f.name);
    const all = Math.max(1, this.size());
    const request = (this.request = new XMLHttpRequest());
    const sending = form.querySelector<HTMLElement>('[data-part="sending"]')!;
    const bar = sending.querySelector("progress")!;
    const button = form.querySelector<HTMLButtonElement>("button.go")!;
    sending.hidden = false;
    button.setAttribute("aria-busy", "true");
    this.tell(form, "");
    const show = (n: number) => {
      bar.value = Math.min(100, (100 * (this.sent + n)) / all);
      sending.querySelector('[data-part="sent"]')!.textContent = this.say("sending", { percent: Math.floor(bar.value) });
    };
    show(0);
    request.upload.addEventListener("progress", (e) => show(e.loaded));
    const failed = (why: string) => {
      this.request = null;
      button.removeAttribute("aria-busy");
      button.textContent = this.say("again");
      sending.hidden = true;
      this.tell(form, why);
    };
    request.addEventListener("load", () => {
      let a: Answer = {};
      try {
        a = JSON.parse(request.responseText) as Answer;
      } catch {
        // Something between us and the server answered.
      }
      if (!a.ok) return failed(a.error ?? this.say("lost"));
      this.sent += group.reduce((n, f) => n + f.size, 0);
      this.next++;
      if (this.next < groups.length) return this.send(form);
      this.request = null;
      if (a.next) location.assign(a.next);
    });
    request.addEventListener("error", () => failed(this.say("lost")));
    request.addEventListener("timeout", () => failed(this.say("lost")));
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(body);
  }
}
