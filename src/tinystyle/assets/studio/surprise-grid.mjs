// Random styles in place of the artworks, each as it paints the photograph.

import { Shelf } from "./shelf.mjs";
import { drawStyles } from "./surprise.mjs";

const SIDE = 128;

export class SurpriseGrid {
  #button = document.querySelector("#surprise");
  #grid = document.querySelector("#surprises");
  #artworks = document.querySelector("#styles");
  #shelf;
  #painter;

  /** @param {(style: object) => void} onChoice */
  constructor(painter, onChoice) {
    this.#painter = painter;
    this.#shelf = new Shelf(this.#grid, onChoice);
  }

  /** Show as many new ones as there are artworks, or the artworks again. */
  async toggle(names) {
    const shown = this.#grid.hidden;
    this.#button.setAttribute("aria-pressed", String(shown));
    this.#grid.hidden = !shown;
    this.#artworks.hidden = shown;
    if (!shown) return;
    const entries = drawStyles(names, names.length);
    this.#shelf.fill(entries);
    for (const entry of entries) {
      const sketch = await this.#painter.sketch(entry.shares, SIDE);
      if (this.#grid.hidden || !this.#shelf.has(entry.name)) return; // others are shown by now
      entry.thumbnail = await this.#shelf.paint(entry.name, sketch);
    }
  }

  mark(name) {
    this.#shelf.mark(name);
  }
}
