// A painting carried to the size of a large photograph: the fast guided filter (He and Sun 2015).
//
// Near each pixel of the small pictures the painting is taken as linear in the photograph's luma:
// painted = a * luma + b. The slope a comes from windows, twice averaged; b is what is left, so
// that at the small size the painting itself comes out, strokes and all. Both are enlarged
// by bicubic resampling, which leaves strokes sharper than the paper's bilinear one, and applied to
// the large photograph, whose edges are sharp. The same as tinystyle.runtime.enlargement.

import { bicubic } from "./resampling.mjs";

/** Of the windows, in pixels of the small pictures. */
export const RADIUS = 3;
/** Variance of luma, 0..1, below which an area counts as flat: there nothing is sharpened. */
export const FLAT = 4e-4;
/** Slopes are cut off here: a painting of much contrast would enlarge the photograph's noise. */
export const STEEPEST = 1.5;

const lumaAt = (bytes, at) => 0.299 * bytes[at] + 0.587 * bytes[at + 1] + 0.114 * bytes[at + 2];

const TAPS = 4;

/** Means of windows that are cut off at the edges; `plane` is overwritten. */
function averaged(plane, width, height, radius) {
  const sums = new Float64Array(Math.max(width, height) + 1);
  const pass = (lines, length, line, step) => {
    for (let l = 0; l < lines; l++) {
      const start = l * line;
      for (let k = 0; k < length; k++) sums[k + 1] = sums[k] + plane[start + k * step];
      for (let k = 0; k < length; k++) {
        const from = Math.max(0, k - radius);
        const to = Math.min(length, k + radius + 1);
        plane[start + k * step] = (sums[to] - sums[from]) / (to - from);
      }
    }
  };
  pass(height, width, width, 1);
  pass(width, height, 1, width);
  return plane;
}

/**
 * For each place of a line of `target` px: where in one of `source` px its four neighbours begin, and
 * their shares. At the edges, where one is missing, the others have its share, as in Pillow.
 */
function neighbours(source, target) {
  const first = new Int32Array(target);
  const shares = new Float32Array(TAPS * target);
  for (let place = 0; place < target; place++) {
    const center = ((place + 0.5) * source) / target - 0.5;
    const start = Math.min(source - TAPS, Math.max(0, Math.floor(center) - 1));
    let total = 0;
    for (let k = 0; k < TAPS; k++) {
      const share = bicubic(center - (start + k));
      shares[TAPS * place + k] = share;
      total += share;
    }
    for (let k = 0; k < TAPS; k++) shares[TAPS * place + k] /= total;
    first[place] = start;
  }
  return { first, shares };
}

/** The four shares of a place, times four values of a line. */
const resampled = (line, at, shares, k) =>
  shares[k] * line[at] + shares[k + 1] * line[at + 1] + shares[k + 2] * line[at + 2] + shares[k + 3] * line[at + 3];

export class GuidedEnlargement {
  #width;
  #height;
  #planes = []; // a and b of red, green and blue

  /**
   * @param {Uint8ClampedArray} photograph  RGBA bytes (height, width, 4), at least 4 x 4
   * @param {Uint8Array} painted  RGB bytes (height, width, 3)
   */
  constructor(photograph, painted, width, height) {
    this.#width = width;
    this.#height = height;
    const pixels = width * height;
    const guide = new Float32Array(pixels);
    for (let k = 0; k < pixels; k++) guide[k] = lumaAt(photograph, 4 * k) / 255;
    const mean = averaged(guide.slice(), width, height, RADIUS);
    const variance = averaged(guide.map((value) => value * value), width, height, RADIUS);
    for (let k = 0; k < pixels; k++) variance[k] = Math.max(0, variance[k] - mean[k] * mean[k]);
    for (let channel = 0; channel < 3; channel++) {
      const values = new Float32Array(pixels);
      for (let k = 0; k < pixels; k++) values[k] = painted[3 * k + channel] / 255;
      const slope = averaged(values.map((value, k) => value * guide[k]), width, height, RADIUS);
      const level = averaged(values.slice(), width, height, RADIUS);
      for (let k = 0; k < pixels; k++) {
        const steep = (slope[k] - mean[k] * level[k]) / (variance[k] + FLAT);
        slope[k] = Math.min(STEEPEST, Math.max(-STEEPEST, steep));
      }
      averaged(slope, width, height, RADIUS);
      for (let k = 0; k < pixels; k++) values[k] -= slope[k] * guide[k];
      this.#planes.push(slope, values);
    }
  }

  /**
   * Rows of the large photograph, from row `top` on, become those of the painting.
   * @param {Uint8ClampedArray} rgba  (rows, toWidth, 4), overwritten
   * @param {number} toWidth  @param {number} toHeight  of the whole large photograph
   */
  paint(rgba, top, toWidth, toHeight) {
    const down = neighbours(this.#height, toHeight);
    const across = neighbours(this.#width, toWidth);
    const width = this.#width;
    const lines = this.#planes.map(() => new Float32Array(width));
    for (let row = top, at = 0; at < rgba.length; row++) {
      const above = down.first[row] * width;
      const [s0, s1, s2, s3] = down.shares.subarray(TAPS * row, TAPS * row + TAPS);
      this.#planes.forEach((plane, index) => {
        const line = lines[index];
        for (let x = 0, p = above; x < width; x++, p++) {
          line[x] =
            s0 * plane[p] + s1 * plane[p + width] + s2 * plane[p + 2 * width] + s3 * plane[p + 3 * width];
        }
      });
      const [redA, redB, greenA, greenB, blueA, blueB] = lines;
      for (let x = 0; x < toWidth; x++, at += 4) {
        const guide = lumaAt(rgba, at) / 255;
        const left = across.first[x];
        const of = (line) => resampled(line, left, across.shares, TAPS * x);
        rgba[at] = 255 * (of(redA) * guide + of(redB));
        rgba[at + 1] = 255 * (of(greenA) * guide + of(greenB));
        rgba[at + 2] = 255 * (of(blueA) * guide + of(blueB));
        rgba[at + 3] = 255;
      }
    }
  }
}
