// Pixels in the worker: photographs are read, painted and given back as bitmaps. What is as large
// as a picture is kept and used again while the size is the same.

import { toBatch } from "./artwork.mjs";
import { gather, interleaved, keepColours, soften, spread } from "./colours.mjs";
import { GuidedEnlargement } from "./guided-filter.mjs";
import { Refusal } from "./picture-file.mjs";
import { fittedLabels } from "./region-labels.mjs";

const STRIP_ROWS = 256;
const MOST_PIXELS = 64e6;
export const JPEG_QUALITY = 0.95;

/** A canvas of so many pixels, by its context. */
export function opened(width, height) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Refusal(`This browser has no room for ${width} × ${height} pixels.`);
  context.imageSmoothingQuality = "high";
  return context;
}

/** One for the painting of a large photograph. */
export function openedFor({ width, height }) {
  if (width * height > MOST_PIXELS) {
    const most = MOST_PIXELS / 1e6;
    throw new Refusal(`Up to ${most} megapixels can be saved; choose a smaller size.`);
  }
  return opened(width, height);
}

export class CanvasPainter {
  #width = 0;
  #height = 0;
  #context = null;
  #photograph = null; // RGBA
  #input = null; // RGB
  #painted = null; // RGB
  #shown = null; // RGBA

  #resize(width, height) {
    if (this.#width === width && this.#height === height) return;
    this.#width = width;
    this.#height = height;
    this.#context = opened(width, height);
    this.#input = new Uint8Array(3 * width * height);
    this.#shown = new ImageData(width, height);
  }

  /** Take a picture in, at the size at which it is painted. */
  read(source, width, height) {
    this.#resize(width, height);
    this.#context.clearRect(0, 0, width, height);
    this.#context.drawImage(source, 0, 0, width, height);
    this.#photograph = this.#context.getImageData(0, 0, width, height);
  }

  /**
   * @param {object} ort  the onnxruntime of the session
   * @param {object} session  of a network that takes bytes, or numbers 0..1
   * @param {{labels: Uint8Array, width: number, height: number} | null} mask  regions, where it has them
   */
  async paint(ort, session, mask = null) {
    const [width, height] = [this.#width, this.#height];
    const rgb = this.rgb();
    const bytes = session.inputMetadata.find(({ name }) => name === "image").type === "uint8";
    const image = bytes
      ? new ort.Tensor("uint8", rgb, [1, height, width, 3])
      : new ort.Tensor("float32", toBatch(rgb, height, width), [1, 3, height, width]);
    const feeds = { image };
    if (session.inputNames.includes("strength")) feeds.strength = new ort.Tensor("float32", [1], [1]);
    if (session.inputNames.includes("mask")) {
      feeds.mask = new ort.Tensor("uint8", fittedLabels(mask, width, height), [1, 1, height, width]);
    }
    const { data } = (await session.run(feeds)).stylized;
    this.#painted = bytes ? data : interleaved(data);
  }

  /** Bytes (height, width, 3) of the photograph, valid until the next. */
  rgb() {
    gather(this.#photograph.data, this.#input);
    return this.#input;
  }

  /** What is seen: the painting, and the photograph at its size. */
  async show(colours) {
    this.#compose(colours);
    return {
      painted: await createImageBitmap(this.#shown),
      photograph: await createImageBitmap(this.#photograph),
    };
  }

  #compose(colours) {
    spread(this.#painted, this.#shown.data);
    if (colours) keepColours(this.#shown.data, this.#photograph.data);
  }

  /** The last painting as a file, in the size at which it was painted. */
  save({ colours, strength, type }) {
    this.#compose(colours);
    soften(this.#shown.data, this.#photograph.data, strength);
    const whole = opened(this.#width, this.#height);
    whole.putImageData(this.#shown, 0, 0);
    return whole.canvas.convertToBlob({ type, quality: JPEG_QUALITY });
  }

  /** The last painting as a file, carried to the size of the photograph that it is of. */
  async saveLarge(source, { colours, strength, type }) {
    const { width, height } = source;
    const whole = openedFor(source);
    whole.drawImage(source, 0, 0);
    const large = new GuidedEnlargement(
      this.#photograph.data, this.#painted, this.#width, this.#height,
    );
    for (let top = 0; top < height; top += STRIP_ROWS) {
      const strip = whole.getImageData(0, top, width, Math.min(STRIP_ROWS, height - top));
      const before = colours || strength < 1 ? strip.data.slice() : null;
      large.paint(strip.data, top, width, height);
      if (colours) keepColours(strip.data, before);
      if (strength < 1) soften(strip.data, before, strength);
      whole.putImageData(strip, 0, top);
    }
    return whole.canvas.convertToBlob({ type, quality: JPEG_QUALITY });
  }
}
