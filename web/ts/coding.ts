// The coding page: the element <coding-surface> around a document's text.

import type { SurfaceData } from "./coding/data";
import { Surface } from "./coding/surface";

class CodingSurface extends HTMLElement {
  private surface: Surface | undefined;

  connectedCallback(): void {
    const block = this.querySelector("#surface-data");
    if (this.surface || !block?.textContent) return;
    this.surface = new Surface(this, JSON.parse(block.textContent) as SurfaceData);
    this.classList.add("ready");
  }

  disconnectedCallback(): void {
    this.surface?.end();
    this.surface = undefined;
  }
}

customElements.define("coding-surface", CodingSurface);
