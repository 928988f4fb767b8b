// Regions of the photograph, painted over it by the visitor, for networks that have regions.

import { painter } from "./painter.mjs";
import { RegionLabels } from "./region-labels.mjs";
import { fitted } from "./sizes.mjs";

const LONGEST = 384;
const RADIUS = 0.045; // of the longest side
const BACKGROUND = "background";
const COLOURS = [[230, 80, 60], [60, 130, 240], [240, 190, 40], [60, 180, 110], [170, 90, 220]];
const ALPHA = 130;
/** The bytes of each as one number, in the order of this device. */
const SHOWN = new Uint32Array(Uint8Array.from(COLOURS.flatMap((colour) => [...colour, ALPHA])).buffer);

export class RegionBrush {
  #canvas = document.querySelector("#brush");
  #context = this.#canvas.getContext("2d");
  #row = document.querySelector("#regions-row");
  #buttons = document.querySelector("#regions");
  #drop = document.querySelector('#drop [data-target="mask"]');
  #fill = document.querySelector("#fill-region");
  #onChange;
  #names = [];
  #label = null; // of the brush; null while it is laid away
  #mask = null;
  #sides = [0, 0]; // that it was offered for
  #last = null;
  #version = 0;

  /** @param {() => void} onChange  the mask is another one */
  constructor(onChange) {
    this.#onChange = onChange;
    this.#canvas.addEventListener("pointerdown", (event) => {
      this.#canvas.setPointerCapture(event.pointerId);
      this.#stroke(event, true);
    });
    this.#canvas.addEventListener("pointermove", (event) => this.#last && this.#stroke(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      this.#canvas.addEventListener(kind, () => this.#last && this.#changed());
    }
    this.#fill.addEventListener("click", () => {
      this.#mask.fill(this.#label);
      this.#show();
      this.#changed();
    });
  }

  /** What the worker is told: labels, their size, and a number that changes with them; or null. */
  get mask() {
    if (!this.#mask || this.#names.length === 0) return null;
    const { labels, width, height } = this.#mask;
    return { labels, width, height, version: this.#version };
  }

  /** Offer these regions for a photograph of this size; with other ones a new mask is begun. */
  offer(names, { width, height }) {
    const sides = fitted(width, height, LONGEST);
    const same = names.join() === this.#names.join();
    const fits = this.#sides.join() === sides.join();
    if (same && (fits || names.length === 0)) return;
    this.#names = names;
    this.#sides = sides;
    this.#version += 1;
    const first = Math.max(0, names.indexOf(BACKGROUND));
    this.#mask = names.length ? new RegionLabels(...sides, first) : null;
    for (const each of [this.#row, this.#drop]) each.hidden = names.length === 0;
    this.#buttons.replaceChildren(...names.map((name, label) => this.#button(name, label)));
    this.#take(null);
  }

  /** A mask's file, for the regions of the network under a key, takes the place of what was brushed. */
  async open(file, key) {
    const names = this.#names;
    const { labels, width, height } = await painter.mask(file, key);
    if (names !== this.#names) return; // another network was chosen meanwhile
    this.#mask = new RegionLabels(width, height, labels);
    this.#take(this.#label);
    this.#changed();
  }

  #button(name, label) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "switch", textContent: name });
    button.style.setProperty("--region", `rgb(${COLOURS[label % COLOURS.length].join(" ")})`);
    button.addEventListener("click", () => this.#take(this.#label === label ? null : label));
    return button;
  }

  /** Take the brush of a region up, or lay it away. */
  #take(label) {
    this.#label = label;
    [...this.#buttons.children].forEach((button, own) => button.setAttribute("aria-pressed", String(own === label)));
    this.#fill.disabled = label === null;
    this.#canvas.hidden = label === null;
    if (label !== null) this.#show();
  }

  #stroke(event, begins = false) {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const { width: wide, height: high } = this.#mask;
    const place = [((event.clientX - left) / width) * wide, ((event.clientY - top) / height) * high];
    this.#mask.draw(this.#label, begins ? place : this.#last, place, RADIUS * Math.max(wide, high));
    this.#last = place;
    this.#show();
  }

  #changed() {
    this.#last = null;
    this.#version += 1;
    this.#onChange();
  }

  #show() {
    const { labels, width, height } = this.#mask;
    Object.assign(this.#canvas, { width, height });
    const shown = new ImageData(width, height);
    const pixels = new Uint32Array(shown.data.buffer);
    for (let place = 0; place < pixels.length; place++) pixels[place] = SHOWN[labels[place] % SHOWN.length];
    this.#context.putImageData(shown, 0, 0);
  }
}
