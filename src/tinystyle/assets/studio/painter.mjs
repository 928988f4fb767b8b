// The page's end of the worker that makes networks and paints: a promise for each task.

import { Refusal } from "./picture-file.mjs";

export class Painter {
  #worker = new Worker("painting-worker.mjs", { type: "module" });
  #waiting = new Map();
  #next = 1;

  /** @param {(share: {name: string, loaded: number, total: number}) => void} onProgress */
  constructor(onProgress) {
    this.#worker.onmessage = ({ data }) => {
      if (data.progress) return onProgress(data.progress);
      const { resolve, reject } = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.refusal) return reject(new Refusal(data.refusal));
      if (data.error) return reject(new Error(data.error));
      return resolve(data.result);
    };
    this.#worker.onerror = (event) => {
      const error = new Error(event.message || "the worker could not be started");
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
  }

  #ask(task, content = {}, transfer = []) {
    const id = this.#next++;
    this.#worker.postMessage({ id, task, ...content }, transfer);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Load runtime and template. Tells what computes: { threads }. */
  start = (index) => this.#ask("start", { index });

  /** A bundled artwork's network: its weights were made with the site. */
  bundled = (style) => this.#ask("bundled", { style });

  /**
   * A network of an artwork, by the hypernetwork.
   * @param {{key: string, file: Blob, name: string, styleSize: number}} artwork
   */
  generate = (artwork) => this.#ask("generate", { artwork });

  /** Load the hypernetwork ahead of its use. */
  prepare = () => this.#ask("prepare");

  /**
   * Paint. `recipe` is { first, second, share } by keys; the picture is handed over.
   * @returns {Promise<{rgba: Uint8ClampedArray, width: number, height: number, ms: number}>}
   */
  paint = (recipe, bitmap, width, height) =>
    this.#ask("paint", { recipe, bitmap, width, height }, [bitmap]);

  /** The network's file, and its name. */
  network = (recipe) => this.#ask("network", { recipe });

  /** Bytes that the worker has received over the network. */
  received = () => this.#ask("received");
}
