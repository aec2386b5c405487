// Signing in again without leaving the page: what was coded meanwhile waits in the queue, and goes when the dialog has done
// its work. Whoever signs in as somebody else gets the page anew: the work that waits is not theirs.

import type { Codebook } from "./data";
import { h } from "./dom";
import { say } from "./words";

export class SignIn {
  private el: HTMLDialogElement | undefined;

  constructor(
    private root: HTMLElement,
    private email: string,
    private me: number,
    private codebook: () => Promise<Codebook>,
    private done: () => void,
  ) {}

  show(kept: number): void {
    if (this.el) return;
    const email = h("input", { type: "email", name: "email", autocomplete: "username", required: true, id: "again-email" });
    email.value = this.email;
    const password = h("input", { type: "password", name: "password", autocomplete: "current-password", required: true, id: "again-password" });
    const why = h("p", { class: "card-why", role: "alert" });
    const go = h("button", { type: "submit", class: "btn go" }, say("surface.signin.link"));
    const form = h(
      "form",
      { class: "fields" },
      h("label", { for: "again-email" }, say("surface.signin.email")),
      email,
      h("label", { for: "again-password" }, say("surface.signin.password")),
      password,
      why,
      h("div", { class: "acts" }, h("button", { type: "button", class: "btn", onclick: () => el.close() }, say("surface.signin.later")), go),
    );
    const el = h("dialog", { class: "dialog signin-again", "aria-labelledby": "again-title" }, h("h2", { id: "again-title" }, say("surface.signin.title")), h("p", {}, say(kept ? "surface.signin.why" : "surface.signin.why.none", { n: kept })), form);
    this.el = el;
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      void this.send(new URLSearchParams({ email: email.value, password: password.value }), why, go, password);
    });
    el.addEventListener("keydown", (e) => e.stopPropagation());
    el.addEventListener("close", () => {
      el.remove();
      this.el = undefined;
    });
    this.root.append(el);
    el.showModal();
    (this.email ? password : email).focus();
  }

  private async send(fields: URLSearchParams, why: HTMLElement, go: HTMLButtonElement, password: HTMLInputElement): Promise<void> {
    why.textContent = "";
    go.disabled = true;
    try {
      const r = await fetch("/sign-in", { method: "POST", body: fields, credentials: "same-origin", headers: { Accept: "application/json" } });
      if (r.ok) {
        this.el?.close();
        return await this.goOn();
      }
      const said = (await r.json().catch(() => ({}))) as { error?: string };
      why.textContent = said.error ?? say("surface.failed");
      password.select();
    } catch {
      why.textContent = say("surface.away");
    } finally {
      go.disabled = false;
    }
  }

  private async goOn(): Promise<void> {
    try {
      const b = await this.codebook();
      if (b.coders.find((c) => c.me)?.id !== this.me) return location.reload();
    } catch {
      // The next question finds out.
    }
    this.done();
  }
}
