// <job-progress>: draws a part of the page again while a job goes on, and once
// more when it has ended. It waits while the window is hidden. How far the job
// is, it says to screen readers now and then, and at once when it has ended.
import { refresh } from "../lib/parts";

const apart = 1500; // ms between two looks
const quiet = 10000; // ms between two sentences

class JobProgress extends HTMLElement {
  private timer = 0;
  private status = document.createElement("p"); // beside the part, which is drawn anew
  private said = { running: "", at: 0 };

  connectedCallback(): void {
    this.status.className = "away";
    this.status.setAttribute("role", "status");
    this.after(this.status);
    this.said = { running: this.dataset["running"] ?? "", at: Date.now() };
    document.addEventListener("anyam:parts", this.plan);
    document.addEventListener("visibilitychange", this.plan);
    this.plan();
  }

  disconnectedCallback(): void {
    this.status.remove();
    document.removeEventListener("anyam:parts", this.plan);
    document.removeEventListener("visibilitychange", this.plan);
    clearTimeout(this.timer);
  }

  // The part that is drawn again says itself whether the job goes on.
  private plan = (): void => {
    clearTimeout(this.timer);
    const part = this.querySelector<HTMLElement>("[data-running]");
    const running = part?.dataset["running"] ?? "";
    if (part && (running !== this.said.running || (running === "on" && Date.now() - this.said.at > quiet))) {
      this.status.textContent = part.dataset["says"] ?? "";
      this.said = { running, at: Date.now() };
    }
    if (running === "on" && !document.hidden) this.timer = window.setTimeout(() => void this.look(), apart);
  };

  private async look(): Promise<void> {
    await refresh([this.id], location.href, true);
    this.plan();
  }
}

customElements.define("job-progress", JobProgress);
