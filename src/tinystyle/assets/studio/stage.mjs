// The picture area: the photograph, the painting over it, and what lies between them.

/** Sides of a picture whose longest is `longest` at most; even, and 64 at least. */
export function fitted(width, height, longest) {
  const factor = Math.min(1, longest / Math.max(width, height));
  return [width, height].map((side) => Math.max(64, Math.round(side * factor)));
}

export class Stage {
  #frame = document.querySelector("#frame");
  #photograph = document.querySelector("#photograph");
  #painted = document.querySelector("#painted");
  #split = document.querySelector("#split");
  #strength = 1;

  constructor() {
    this.#split.addEventListener("input", () => this.#showSplit());
    this.#showSplit();
  }

  #showSplit() {
    const share = Number(this.#split.value) / 1000;
    this.#frame.style.setProperty("--split", `${100 * share}%`);
    this.#frame.classList.toggle("start", share < 0.02);
    this.#frame.classList.toggle("end", share > 0.98);
    this.#split.setAttribute("aria-valuetext", `${Math.round(100 * share)} percent photograph`);
  }

  /** Share 0..1 of the painting that lies over the photograph. */
  set strength(value) {
    this.#strength = value;
    this.#frame.style.setProperty("--strength", value);
  }

  /** Show a photograph that is not painted yet. */
  show(bitmap, longest) {
    const [width, height] = fitted(bitmap.width, bitmap.height, longest);
    this.#frame.style.setProperty("--ratio", bitmap.width / bitmap.height);
    this.#frame.classList.remove("ready");
    this.#draw(bitmap, width, height);
  }

  #draw(bitmap, width, height) {
    Object.assign(this.#photograph, { width, height });
    const context = this.#photograph.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, width, height);
  }

  /** Lay a painting over the photograph that it was made of. */
  lay({ rgba, width, height }, bitmap) {
    this.#draw(bitmap, width, height);
    if (this.#painted.width !== width || this.#painted.height !== height) {
      Object.assign(this.#painted, { width, height });
    }
    this.#painted.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
    this.#frame.classList.add("ready");
  }

  /** The picture as it is shown, without the comparison, as a PNG file. */
  save() {
    const { width, height } = this.#painted;
    const whole = new OffscreenCanvas(width, height);
    const context = whole.getContext("2d");
    context.drawImage(this.#photograph, 0, 0, width, height);
    context.globalAlpha = this.#strength;
    context.drawImage(this.#painted, 0, 0);
    return whole.convertToBlob({ type: "image/png" });
  }
}
