// A painting and its photograph in one picture, number by number as tinystyle.runtime.color does it.

const round = Math.fround;
const RED = round(0.299);
const GREEN = round(0.587);
const BLUE = round(0.114);

const luma = (bytes, at) =>
  round(round(round(bytes[at] * RED) + round(bytes[at + 1] * GREEN)) + round(bytes[at + 2] * BLUE));

/** In place: the luma of a painting with the chroma of its photograph. Both are RGBA bytes. */
export function keepColours(painted, photograph) {
  for (let at = 0; at < painted.length; at += 4) {
    const shift = round(luma(painted, at) - luma(photograph, at));
    for (let channel = at; channel < at + 3; channel++) {
      const value = Math.min(255, Math.max(0, round(photograph[channel] + shift)));
      painted[channel] = Math.floor(round(value + 0.5));
    }
  }
}

/** In place: `strength` 0..1 of the way from a photograph to its painting. Both are RGBA bytes. */
export function soften(painted, photograph, strength) {
  if (strength === 1) return;
  const share = round(strength);
  for (let at = 0; at < painted.length; at++) {
    if (at % 4 === 3) continue; // a painting covers all
    const start = photograph[at];
    painted[at] = Math.floor(round(round(start + round(share * (painted[at] - start))) + 0.5));
  }
}

/** RGB bytes as RGBA bytes that cover all. */
export function spread(rgb, rgba) {
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from];
    rgba[to + 1] = rgb[from + 1];
    rgba[to + 2] = rgb[from + 2];
    rgba[to + 3] = 255;
  }
}

/** RGB of RGBA bytes. */
export function gather(rgba, rgb) {
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = rgba[from];
    rgb[to + 1] = rgba[from + 1];
    rgb[to + 2] = rgba[from + 2];
  }
}

/** Numbers 0..1, plane by plane, as RGB bytes; a half goes up. */
export function interleaved(planes) {
  const count = planes.length / 3;
  const rgb = new Uint8ClampedArray(planes.length);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < count; pixel++) {
      rgb[3 * pixel + channel] = Math.floor(255 * planes[channel * count + pixel] + 0.5);
    }
  }
  return rgb;
}
