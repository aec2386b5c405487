// What all forms share: a fresh change id, a question before what cannot be
// taken back, one sending at a time, and a sign that it is on its way.
import { ask } from "./ask";
import { changeID, renew } from "./change";
import { discard, unsent } from "./outbox";
import { toast, word } from "./toast";

const agreed = new WeakSet<HTMLFormElement>();

export function followForms(): void {
  renew(document);
  document.addEventListener("submit", (e) => void onSubmit(e));
  // A page that comes back from the browser's memory starts afresh.
  addEventListener("pageshow", (e) => {
    for (const b of document.querySelectorAll('[aria-busy="true"]')) b.removeAttribute("aria-busy");
    for (const f of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) delete f.dataset["sent"];
    if (e.persisted) renew(document);
  });
  document.addEventListener("htmx:after:swap", (e) => renew(e.target instanceof Element ? e.target : document));
  document.addEventListener("htmx:finally:request", (e) => done(e.target));
  document.addEventListener("htmx:error", (e) => {
    done(e.target);
    toast(word("network"), "bad");
  });
  // A checkbox or select that saves by itself; the form has a button where there is no script.
  document.addEventListener("change", (e) => {
    const form = e.target instanceof Element ? e.target.closest<HTMLFormElement>("form[data-auto]") : null;
    form?.requestSubmit();
  });
  for (const b of document.querySelectorAll<HTMLElement>("form[data-auto] [data-plain]")) b.hidden = true;
}

async function onSubmit(e: SubmitEvent): Promise<void> {
  const form = e.target as HTMLFormElement;
  if (form.method === "dialog" || form.method === "get") return;
  const button = e.submitter instanceof HTMLButtonElement ? e.submitter : form.querySelector<HTMLButtonElement>('button:not([type="button"])');
  const leaves = new URL(form.action, location.href).pathname === "/sign-out";
  const kept = leaves ? unsent() : 0;
  const sentence = kept ? word("unsent").replace("{n}", String(kept)) : (button?.dataset["confirm"] ?? form.dataset["confirm"]);
  if (sentence && !agreed.has(form)) {
    e.preventDefault();
    e.stopImmediatePropagation();
    const yes = button?.dataset["confirmYes"] ?? form.dataset["confirmYes"] ?? button?.textContent?.trim();
    if (!(await ask(sentence, yes, button?.classList.contains("danger")))) return;
    agreed.add(form);
    form.requestSubmit(button);
    return;
  }
  agreed.delete(form);
  if (kept) discard();
  if (form.dataset["sent"] !== undefined) {
    e.preventDefault();
    return;
  }
  if (e.defaultPrevented) return;
  form.dataset["sent"] = "";
  button?.setAttribute("aria-busy", "true");
}

function done(target: EventTarget | null): void {
  if (!(target instanceof Element)) return;
  const form = target.closest<HTMLFormElement>("form");
  if (!form) return;
  delete form.dataset["sent"];
  for (const b of form.querySelectorAll('[aria-busy="true"]')) b.removeAttribute("aria-busy");
  const change = form.querySelector<HTMLInputElement>('input[type="hidden"][name="change"]');
  if (change) change.value = changeID();
}
