// <job-progress>: draws a part of the page again while a job goes on, and once
// more when it has ended. It waits while the window is hidden.
import { refresh } from "../lib/parts";

const apart = 1500; // ms between two looks

class JobProgress extends HTMLElement {
  private timer = 0;

  connectedCallback(): void {
    document.addEventListener("anyam:parts", this.plan);
    document.addEventListener("visibilitychange", this.plan);
    this.plan();
  }

  disconnectedCallback(): void {
    document.removeEventListener("anyam:parts", this.plan);
    document.removeEventListener("visibilitychange", this.plan);
    clearTimeout(this.timer);
  }

  // The part that is drawn again says itself whether the job goes on.
  private plan = (): void => {
    clearTimeout(this.timer);
    const running = this.querySelector<HTMLElement>("[data-running]")?.dataset["running"] === "on";
    if (running && !document.hidden) this.timer = window.setTimeout(() => void this.look(), apart);
  };

  private async look(): Promise<void> {
    await refresh([this.id], location.href, true);
    this.plan();
  }
}

customElements.define("job-progress", JobProgress);
