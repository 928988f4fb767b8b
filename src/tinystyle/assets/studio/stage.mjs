// The picture area: the photograph, the painting over it, and what lies between them.

export class Stage {
  #frame = document.querySelector("#frame");
  #canvases = ["photograph", "painted"].map((id) => document.querySelector(`#${id}`));
  #contexts = this.#canvases.map((canvas) => canvas.getContext("bitmaprenderer"));
  #split = document.querySelector("#split");

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
    this.#frame.style.setProperty("--strength", value);
  }

  /** Pixels of the screen that the longest side of a picture fills. */
  longestFor(ratio) {
    const { width, height } = document.querySelector("#stage").getBoundingClientRect();
    const wide = Math.min(width, height * ratio);
    return Math.max(wide, wide / ratio) * devicePixelRatio;
  }

  /** Show a photograph that is not painted yet. The bitmap is used up. */
  show(bitmap) {
    this.#frame.style.setProperty("--ratio", bitmap.width / bitmap.height);
    this.#frame.classList.remove("ready");
    this.#put(0, bitmap);
  }

  #put(which, bitmap) {
    const canvas = this.#canvases[which];
    const { width, height } = bitmap;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    this.#contexts[which].transferFromImageBitmap(bitmap);
  }

  /** Lay a painting over the photograph that it was made of. The bitmaps are used up. */
  lay({ painted, photograph }) {
    this.#frame.style.setProperty("--ratio", painted.width / painted.height);
    this.#put(0, photograph);
    this.#put(1, painted);
    this.#frame.classList.add("ready");
  }
}
