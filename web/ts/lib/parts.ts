// Parts of a page. A form with data-send is sent in the background and the
// parts it names in data-refresh are then fetched again from the page's own
// address, so that the server stays the only one who draws. A link with
// data-panel opens in #panel. Without script both are ordinary.
import htmx from "htmx.org";
import { changeID, renew } from "./change";
import { meet } from "./newer";
import { pressed, released } from "./press";
import { toast, word } from "./toast";

export interface Refusal {
  error: string;
  kind: string;
}

// The change ids this window has sent: the stream tells of them too, and what
// they touched is drawn again already.
const own = new Set<string>();
export const isOwn = (change: string): boolean => own.has(change);

// post sends fields as a form. It resolves to null when the server took them,
// else to what it said. The caller keeps the change id for another try where
// kind is "busy": nobody knows then whether it arrived. What the server
// answered goes to took.
export async function post(address: string, fields: FormData | URLSearchParams, took?: (answer: unknown) => void): Promise<Refusal | null> {
  const body = new URLSearchParams();
  for (const [name, value] of fields) if (typeof value === "string") body.append(name, value);
  own.add(body.get("change") ?? "");
  try {
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (answer.ok) {
      took?.(await answer.json());
      return null;
    }
    return await refusal(answer);
  } catch {
    return { error: word("network"), kind: "busy" };
  }
}

async function refusal(answer: Response): Promise<Refusal> {
  try {
    const said = (await answer.json()) as Partial<Refusal>;
    if (said.error) return { error: said.error, kind: said.kind ?? "" };
  } catch {
    // Not JSON: something between us and the server answered.
  }
  return { error: word("network"), kind: answer.status >= 500 ? "busy" : "" };
}

// fields makes the body of a change that no form on the page describes.
export function fields(pairs: [string, string | number][]): URLSearchParams {
  const f = new URLSearchParams({ change: changeID() });
  for (const [name, value] of pairs) f.append(name, String(value));
  return f;
}

// fetchPage gets a page or a part of one as a document of its own.
export async function fetchPage(address: string, quiet = false): Promise<Document | null> {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    const text = await answer.text();
    if (!answer.ok) {
      if (!quiet) toast(word("network"), "bad");
      return null;
    }
    return new DOMParser().parseFromString(text, "text/html");
  } catch {
    if (!quiet) toast(word("network"), "bad");
    return null;
  }
}

// refresh draws the parts with these ids again. Focus, what is open and what
// was scrolled stay where they were. Quietly: a failure is not said. What has
// come when it is no longer wanted is not drawn.
export async function refresh(ids: string[], address = location.href, quiet = false, wanted = () => true): Promise<void> {
  if (ids.length === 0) return;
  const page = await fetchPage(address.replace(/#.*/, ""), quiet);
  if (!page || !wanted()) return;
  for (const id of [...ids, "bar-nav", "bar-menu"]) {
    const was = document.getElementById(id);
    const is = page.getElementById(id);
    if (!was || !is) continue;
    if (pressed(was)) await released();
    swap(was, () => {
      const open = Array.from(was.querySelectorAll("details"), (d) => d.open);
      was.replaceChildren(...is.childNodes);
      was.querySelectorAll("details").forEach((d, i) => (d.open = open[i] ?? d.open));
    });
  }
  document.dispatchEvent(new CustomEvent("anyam:parts", { detail: ids }));
}

function swap(part: HTMLElement, change: () => void): void {
  const held = part.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
  const place = held ? twins(part, held).indexOf(held) : -1;
  change();
  renew(part);
  htmx.process(part);
  if (!held) return;
  const again = held.id ? document.getElementById(held.id) : twins(part, held)[place];
  if (again) return again.focus({ preventScroll: true });
  part.tabIndex = -1; // what had the focus is gone: stay where it was
  part.focus({ preventScroll: true });
}

// twins are the links and buttons of a part that are to a person the same as one that has no id.
function twins(part: HTMLElement, one: HTMLElement): HTMLElement[] {
  const same = (x: HTMLElement) => x.localName === one.localName && x.getAttribute("href") === one.getAttribute("href") && x.textContent === one.textContent;
  return Array.from(part.querySelectorAll<HTMLElement>("a[href], button, summary")).filter(same);
}

let opener: HTMLElement | null = null;

// openPanel shows the part at address beside the page. From is what has the focus again when it is closed, where no link opened it.
export async function openPanel(address: string, focus = "", from?: HTMLElement | null): Promise<void> {
  if (from) opener = from;
  const panel = document.getElementById("panel");
  if (!panel) return location.assign(address);
  panel.setAttribute("aria-busy", "true");
  const page = await fetchPage(address);
  panel.removeAttribute("aria-busy");
  if (!page) return;
  const whole = page.getElementById("panel");
  swap(panel, () => panel.replaceChildren(...(whole ?? page.body).childNodes));
  if (whole) history.replaceState(history.state, "", address);
  panel.scrollTop = 0;
  document.dispatchEvent(new CustomEvent("anyam:panel"));
  const first = (focus && document.getElementById(focus)) || panel.querySelector<HTMLElement>(".close");
  first?.focus({ preventScroll: false });
  if (first instanceof HTMLInputElement) first.select();
}

// closePanel empties it and gives the focus back to what opened it.
export function closePanel(): void {
  const panel = document.getElementById("panel");
  if (!panel || panel.childElementCount === 0) return;
  panel.replaceChildren();
  const view = new URLSearchParams(location.search);
  for (const own of ["node", "new", "parent"]) view.delete(own);
  history.replaceState(history.state, "", location.pathname + (view.has("view") ? `?${view}` : ""));
  document.dispatchEvent(new CustomEvent("anyam:panel"));
  const back = opener?.isConnected ? opener : opener?.id ? document.getElementById(opener.id) : null;
  back?.focus({ preventScroll: true });
}

// isDirty tells whether the panel holds something typed and not sent.
export function isDirty(root: ParentNode): boolean {
  for (const f of root.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("textarea, input:not([type=hidden], [type=radio], [type=checkbox])")) if (f.value !== f.defaultValue) return true;
  return Array.from(root.querySelectorAll<HTMLInputElement>("input[type=radio]")).some((r) => r.checked !== r.defaultChecked);
}

// send is what happens to a form with data-send.
async function send(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
  if (form.dataset["sending"] !== undefined) return;
  form.dataset["sending"] = "";
  submitter?.setAttribute("aria-busy", "true");
  form.querySelector(":scope > .notice.refused")?.remove();
  const body = new FormData(form, submitter);
  const refused = await post((submitter instanceof HTMLButtonElement && submitter.getAttribute("formaction")) || form.action, body);
  delete form.dataset["sending"];
  submitter?.removeAttribute("aria-busy");
  if (refused) {
    if (refused.kind !== "busy") renew(form);
    const say = document.createElement("p");
    say.className = "notice bad refused";
    say.setAttribute("role", "alert");
    say.textContent = refused.error;
    if (refused.kind === "conflict" && form.elements.namedItem("rev")) {
      const page = await fetchPage(location.href.replace(/#.*/, ""), true);
      const newer = page && meet(form, page);
      if (newer) say.append(newer);
    }
    if (form.dataset["onChange"] === undefined && form.offsetParent !== null) {
      form.append(say);
      say.scrollIntoView({ block: "nearest" });
    } else toast(refused.error, "bad");
    return;
  }
  renew(form);
  submitter?.closest<HTMLElement>("[popover]")?.hidePopover(); // which gives the focus back
  document.dispatchEvent(new CustomEvent("anyam:sent", { detail: { form, submitter } }));
  for (const f of form.elements) {
    if (f instanceof HTMLInputElement || f instanceof HTMLTextAreaElement) f.defaultValue = f.value;
  }
  const ids = (form.dataset["refresh"] ?? "").split(" ").filter(Boolean);
  if (form.dataset["closeAfter"] !== undefined) {
    form.closest("dialog")?.close();
    if (form.closest("#panel")) closePanel();
  }
  if (form.dataset["again"] !== undefined) {
    for (const f of form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("textarea, input:not([type=hidden], [type=radio])")) f.value = f.defaultValue = "";
    document.getElementById(form.dataset["again"])?.focus();
  } else if (form.classList.contains("adder") || form.querySelector("#attribute-new")) {
    for (const f of form.querySelectorAll<HTMLInputElement>("input:not([type=hidden])")) f.value = f.defaultValue = "";
  }
  await refresh(ids);
}

export function followParts(): void {
  // Before the page's own forms: what is sent here is not sent again there.
  document.addEventListener(
    "submit",
    (e) => {
      const form = e.target;
      if (!(form instanceof HTMLFormElement) || form.dataset["send"] === undefined) return;
      e.preventDefault();
      e.stopPropagation();
      void send(form, e.submitter);
    },
    true,
  );
  document.addEventListener("change", (e) => {
    const field = e.target;
    if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) return;
    if (field.form?.dataset["onChange"] !== undefined && field.reportValidity()) field.form.requestSubmit();
    if (field.form?.dataset["filter"] !== undefined) field.form.requestSubmit();
    if (field instanceof HTMLSelectElement && field.name === "case") askForNew(field);
  });
  document.addEventListener("click", (e) => {
    if (!(e.target instanceof Element) || e.defaultPrevented || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    const link = e.target.closest<HTMLAnchorElement>("a[data-panel], a[data-close]");
    if (!link) return;
    const dialog = link.closest("dialog");
    if (link.dataset["close"] !== undefined) {
      if (!dialog && !link.closest("#panel")) return;
      e.preventDefault();
      return dialog ? dialog.close() : closePanel();
    }
    e.preventDefault();
    const menu = link.closest<HTMLElement>("[popover]");
    menu?.hidePopover();
    if (menu) opener = document.querySelector<HTMLElement>(`[popovertarget="${menu.id}"]`);
    else if (!link.closest("#panel")) opener = link.closest<HTMLElement>("tr[tabindex]") ?? link;
    void openPanel(link.href, link.dataset["focus"]);
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || e.defaultPrevented || !(e.target instanceof Element)) return;
    const panel = e.target.closest("#panel");
    if (panel && !isDirty(panel)) closePanel();
  });
  document.addEventListener("input", (e) => {
    const form = e.target instanceof Element ? e.target.closest<HTMLFormElement>("form.node-form") : null;
    const say = form?.querySelector<HTMLElement>('[data-part="state"]');
    if (form && say) say.textContent = isDirty(form) ? (say.dataset["dirty"] ?? "") : "";
  });
  document.addEventListener("toggle", place, true);
  const news = () => document.querySelectorAll<HTMLSelectElement>('select[name="case"]').forEach(askForNew);
  document.addEventListener("anyam:panel", news);
  document.addEventListener("anyam:panel", beside);
  document.addEventListener("anyam:parts", beside);
  beside();
  news();
}

// beside marks that a panel is open. (A style sheet could see it by :has and :empty, but then every element that is put
// anywhere on any page would have the browser look at the whole page again: a third of a second in a long document.)
function beside(): void {
  const panel = document.getElementById("panel");
  panel?.parentElement?.classList.toggle("beside", panel.childElementCount > 0);
}

// askForNew shows the name of a new informant only where one is wanted.
function askForNew(select: HTMLSelectElement): void {
  const field = select.form?.elements.namedItem("new_case");
  if (!(field instanceof HTMLInputElement)) return;
  field.hidden = select.value !== "new";
  field.required = select.value === "new";
}

// place puts a popover beside the button that opened it, where the style
// sheet cannot (position-area is young).
function place(e: Event): void {
  const pop = e.target;
  if (!(pop instanceof HTMLElement) || !pop.matches("[popover]:popover-open") || CSS.supports("position-area: block-end")) return;
  const button = document.querySelector(`[popovertarget="${pop.id}"]`)?.getBoundingClientRect();
  if (!button) return;
  const down = button.bottom + pop.offsetHeight < innerHeight;
  pop.style.setProperty("top", `${down ? button.bottom + 4 : Math.max(8, button.top - pop.offsetHeight - 4)}px`);
  pop.style.setProperty("left", `${Math.max(8, Math.min(button.right - pop.offsetWidth, innerWidth - pop.offsetWidth - 8))}px`);
}
