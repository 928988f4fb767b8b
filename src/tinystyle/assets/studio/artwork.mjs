// How an artwork becomes what the hypernetwork looks at: as tinystyle.runtime.hypernetwork does it.

import { Refusal } from "./picture-file.mjs";
import { resizeRgb } from "./resampling.mjs";

const SHORTEST_SIDE = 32;
const LONGEST_ASPECT = 2;

/** Python's round(): halves go to the even neighbour. */
function rounded(value) {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The middle of an artwork that is kept, at most 2:1, and the size that it gets. */
export function styleWindow(height, width, styleSize) {
  const shortest = Math.min(height, width);
  if (shortest < SHORTEST_SIDE) {
    throw new Refusal(
      `The artwork is ${width} × ${height} pixels; its shortest side must be at least ` +
        `${SHORTEST_SIDE} to show a style.`,
    );
  }
  const tall = Math.min(height, LONGEST_ASPECT * shortest);
  const wide = Math.min(width, LONGEST_ASPECT * shortest);
  const factor = styleSize / shortest;
  return {
    top: Math.floor((height - tall) / 2),
    left: Math.floor((width - wide) / 2),
    tall,
    wide,
    height: rounded(tall * factor),
    width: rounded(wide * factor),
  };
}

/** The kept part of RGBA bytes as RGB bytes of the window's size. */
export function prepareStyle(rgba, pitch, window) {
  const { top, left, tall, wide } = window;
  const rgb = new Uint8Array(3 * tall * wide);
  for (let y = 0, to = 0; y < tall; y++) {
    for (let x = 0, from = 4 * ((top + y) * pitch + left); x < wide; x++, from += 4, to += 3) {
      rgb[to] = rgba[from];
      rgb[to + 1] = rgba[from + 1];
      rgb[to + 2] = rgba[from + 2];
    }
  }
  return resizeRgb(rgb, tall, wide, window.height, window.width);
}

/** RGB bytes (height, width, 3) as float32 (1, 3, height, width), 0..1. */
export function toBatch(rgb, height, width) {
  const pixels = height * width;
  const batch = new Float32Array(3 * pixels);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      batch[channel * pixels + pixel] = rgb[3 * pixel + channel] / 255;
    }
  }
  return batch;
}

/** SHA-256 of a file, in hexadecimal digits, as networks note it. */
export async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
