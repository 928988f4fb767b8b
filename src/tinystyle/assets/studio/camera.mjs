// Frames of a camera, each only when the last one is painted: what comes between is dropped.

import { Refusal } from "./picture-file.mjs";

const SENTENCES = {
  NotAllowedError: "The camera is not allowed here; allow it in the address bar and try again.",
  NotFoundError: "There is no camera.",
  NotReadableError: "The camera is in use by another program.",
};

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

  /** The newest frame, once the camera has one that was not given yet. */
  async frame() {
    await new Promise((resolve) => {
      if (this.#video.requestVideoFrameCallback) this.#video.requestVideoFrameCallback(resolve);
      else requestAnimationFrame(resolve);
    });
    return this.running ? createImageBitmap(this.#video) : null;
  }
}
