// The page's end of the worker that makes networks and paints: a promise for each task.

import { Refusal } from "./picture-file.mjs";

class Painter {
  #worker = new Worker("painting-worker.mjs", { type: "module" });
  #waiting = new Map();
  #failure = null;
  #next = 1;

  /** @type {(share: {name: string, loaded: number, total: number}) => void} */
  onProgress = () => {};

  /** @type {(share: number) => void}  which share 0..1 of the original is painted */
  onShare = () => {};

  constructor() {
    this.#worker.onmessage = ({ data }) => {
      if (data.progress) return this.onProgress(data.progress);
      if (data.share) return this.onShare(data.share);
      const { resolve, reject } = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.refusal) return reject(new Refusal(data.refusal));
      if (data.error) return reject(new Error(data.error));
      return resolve(data.result);
    };
    this.#worker.onerror = (event) => {
      this.#failure = new Error(event.message || "the worker could not be started");
      for (const { reject } of this.#waiting.values()) reject(this.#failure);
      this.#waiting.clear();
    };
  }

  #ask(task, content = {}, transfer = []) {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = this.#next++;
    this.#worker.postMessage({ id, task, ...content }, transfer);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Load runtime and template. */
  start = (index) => this.#ask("start", { index });

  /**
   * Paint by the GPU from now on where that is sooner, or `forced`, and where it paints the same.
   * @returns {Promise<{backend: string}>}
   */
  accelerate = (forced) => this.#ask("accelerate", { forced });

  /** The same as the page's address asks; without a wish there, not where the visitor counts bytes. */
  async accelerateAsAsked() {
    const asked = new URLSearchParams(location.search).get("backend");
    if (asked === "webgpu" || (!asked && !navigator.connection?.saveData)) await this.accelerate(asked === "webgpu");
  }

  /**
   * A network under a key: of a bundled artwork, whose weights were made with the site; of random
   * shares of them; of a picture's file, by the hypernetwork; or a network's file. One that is there
   * is not made again.
   * @param {{key: string, name: string, styleSize: number, weights?: string, file?: Blob,
   *   shares?: [string, number][], network?: File}} artwork
   * @returns {Promise<{regions: string[]}>}  names of its regions
   */
  make = (artwork) => this.#ask("make", { artwork });

  /** Load the hypernetwork ahead of its use. */
  prepare = () => this.#ask("prepare");

  /**
   * Take a photograph. Its sides, and it as a bitmap whose longest side is `longest`.
   * @returns {Promise<{width: number, height: number, shown: ImageBitmap}>}
   */
  take = (file, name, longest) => this.#ask("take", { file, name, longest });

  /**
   * Paint the photograph, or a `frame`, which is handed over.
   * @param {{recipe: object, width: number, height: number, colours: boolean, frame?: VideoFrame,
   *   mask?: {labels: Uint8Array, width: number, height: number, version: number} | null}} wish
   * @returns {Promise<{painted: ImageBitmap, photograph: ImageBitmap, width: number,
   *   height: number, ms: number, backend: string}>}  what computed, in words
   */
  paint = (wish) => this.#ask("paint", wish, wish.frame ? [wish.frame] : []);

  /**
   * Labels of a mask's file, of the regions of the network under a key, for the photograph.
   * @returns {Promise<{labels: Uint8Array, width: number, height: number}>}
   */
  mask = (file, key) => this.#ask("mask", { file, key });

  /** A small square of the photograph, painted with shares of the bundled artworks. */
  sketch = (shares, side) => this.#ask("sketch", { shares, side });

  /**
   * The last painting as a file: { blob }. `whole` is in the photograph's size; without a `type`
   * it is JPEG of a JPEG photograph, else PNG.
   * @param {{strength: number, colours: boolean, whole: boolean, type?: string}} options
   */
  save = (options) => this.#ask("save", options);

  /**
   * The photograph painted at its own size, in tiles that fit exactly, as a file: { blob }, null where
   * it was stopped. `onShare` is told how far it is. Other tasks are done meanwhile.
   * @param {{recipe: object, strength: number, colours: boolean, side?: number}} options  `side` of a tile
   */
  saveOriginal = (options) => this.#ask("saveOriginal", options);

  stopOriginal = () => this.#ask("stopOriginal");

  /** The network's file, of a strength 0..1, and its name. */
  network = (recipe, strength) => this.#ask("network", { recipe, strength });

  /** Bytes that the worker has received over the network. */
  received = () => this.#ask("received");
}

/** The one that there is. The page names this module by itself, so that it starts before the rest is there. */
export const painter = new Painter();
