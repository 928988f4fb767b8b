// Frames of a camera, each only when the last one is painted: what comes between is dropped.

import { Refusal } from "./picture-file.mjs";
import { fitted } from "./sizes.mjs";

const SENTENCES = {
  NotAllowedError: "The camera is not allowed here; allow it in the address bar and try again.",
  NotFoundError: "There is no camera.",
  NotReadableError: "The camera is in use by another program.",
};
const SIDES = [192, 256, 320, 448, 576];
const FIRST_SIDE = 256;
const SLOW_MS = 62; // sixteen frames a second
const FEW = 12;
const RATE_MS = 1000;

/** The longest side at which frames are painted: larger on quick machines, smaller on slow ones. */
export class FramePace {
  #place = SIDES.indexOf(FIRST_SIDE);
  #mean = 0;
  #count = 0;
  #ceiling = SIDES.length - 1;

  get side() {
    return SIDES[this.#place];
  }

  /** Milliseconds from a frame's arrival to its painting. */
  add(ms) {
    this.#count += 1;
    this.#mean += (ms - this.#mean) / Math.min(this.#count, FEW);
    if (this.#count < FEW) return;
    if (this.#mean > SLOW_MS && this.#place > 0) {
      this.#ceiling = this.#place - 1; // not back up: sizes that swing are worse than small ones
      this.#step(-1);
    } else if (this.#place < this.#ceiling) {
      const next = this.#mean * (SIDES[this.#place + 1] / this.side) ** 2;
      if (next < 0.75 * SLOW_MS) this.#step(1);
    }
  }

  #step(by) {
    this.#place += by;
    this.#count = 0;
    this.#mean = 0;
  }
}

export class Camera {
  #video = document.querySelector("#video");
  #stream = null;

  get running() {
    return this.#stream !== null;
  }

  /** Raises a Refusal where there is none, or none is allowed. */
  async start() {
    const wanted = { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "environment" };
    if (!navigator.mediaDevices) throw new Refusal("Cameras need a page on https or on this machine.");
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    } catch (error) {
      throw new Refusal(SENTENCES[error.name] ?? `The camera cannot be used (${error.name}).`);
    }
    this.#video.srcObject = this.#stream;
    await this.#video.play();
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /**
   * Give frames until it is stopped, each when the last one is done. The next one is fetched while
   * one is painted, so that painting does not wait for the camera; it is never more than one.
   * @param {(frame: VideoFrame | ImageBitmap, sides: number[]) => Promise<{ms: number}>} paint
   *   tells the milliseconds that it took
   * @param {(painted: {ms: number}, rate: number) => void} onRate  once a second: the last frame,
   *   and how many there were
   */
  async run(paint, onRate) {
    const pace = new FramePace();
    let began = performance.now();
    let next = this.#next();
    try {
      for (let count = 1; ; count++) {
        const frame = await next;
        if (!frame) return;
        next = this.#next();
        const { videoWidth, videoHeight } = this.#video;
        const painted = await paint(frame, fitted(videoWidth, videoHeight, pace.side));
        if (!this.running) return;
        pace.add(painted.ms);
        const elapsed = performance.now() - began;
        if (elapsed < RATE_MS) continue;
        onRate(painted, (1000 * count) / elapsed);
        [began, count] = [performance.now(), 0];
      }
    } finally {
      next.then((frame) => frame?.close(), () => {});
    }
  }

  /** The newest frame, once the camera has one that was not given yet; null when it is off. */
  async #next() {
    await new Promise((resolve) => {
      if (this.#video.requestVideoFrameCallback) this.#video.requestVideoFrameCallback(resolve);
      else requestAnimationFrame(resolve);
      setTimeout(resolve, 1000); // a camera that was unplugged calls nobody
    });
    if (!this.running) return null;
    // A VideoFrame is only handed over; a bitmap would be copied, by the page.
    return self.VideoFrame ? new VideoFrame(this.#video) : createImageBitmap(this.#video);
  }
}
