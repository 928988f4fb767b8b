// Antialiased bicubic resampling of bytes, number by number as Pillow does it: coefficients in
// double precision, then in fixed point, rows before columns. What is resized here has the same
// bytes as what tinystyle.pictures.images.resize makes.

const SUPPORT = 2;
const SHARPNESS = -0.5;
const BITS = 22;
const ONE = 2 ** BITS;

/** The share of a pixel at a distance, in pixels (Keys 1981, a = -0.5). */
export function bicubic(distance) {
  const x = Math.abs(distance);
  if (x < 1) return ((SHARPNESS + 2) * x - (SHARPNESS + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * SHARPNESS;
  return 0;
}

/** For each place of a line of `target` px: where in one of `source` px to begin, and the shares. */
function coefficients(source, target) {
  const scale = source / target;
  const stretch = Math.max(scale, 1);
  const reach = SUPPORT * stretch;
  const most = Math.ceil(reach) * 2 + 1;
  const starts = new Int32Array(target);
  const counts = new Int32Array(target);
  const shares = new Int32Array(target * most);
  const weights = new Float64Array(most);
  for (let place = 0; place < target; place++) {
    const center = (place + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - reach + 0.5));
    const count = Math.min(source, Math.trunc(center + reach + 0.5)) - start;
    let total = 0;
    for (let k = 0; k < count; k++) {
      weights[k] = bicubic((k + start - center + 0.5) * (1 / stretch));
      total += weights[k];
    }
    for (let k = 0; k < count; k++) {
      const share = total === 0 ? weights[k] : weights[k] / total;
      shares[place * most + k] = Math.trunc(share * ONE + (share < 0 ? -0.5 : 0.5));
    }
    starts[place] = start;
    counts[place] = count;
  }
  return { most, starts, counts, shares };
}

/** `lines` lines, each of `target` places; `step` bytes between places, `pitch` between lines. */
function resampleLines(from, to, lines, target, filter, places, pitches) {
  const { most, starts, counts, shares } = filter;
  for (let line = 0; line < lines; line++) {
    for (let place = 0; place < target; place++) {
      const first = line * pitches.from + starts[place] * places.from;
      const at = line * pitches.to + place * places.to;
      for (let channel = 0; channel < 3; channel++) {
        let sum = ONE / 2;
        for (let k = 0; k < counts[place]; k++) {
          sum += from[first + k * places.from + channel] * shares[place * most + k];
        }
        // A Uint8ClampedArray would round; what is cut off here was rounded by ONE / 2.
        to[at + channel] = Math.min(255, Math.max(0, Math.floor(sum / ONE)));
      }
    }
  }
}

/**
 * RGB bytes (height, width, 3) as (toHeight, toWidth, 3).
 * @param {Uint8Array} rgb
 * @returns {Uint8Array} `rgb` itself where the size is right already
 */
export function resizeRgb(rgb, height, width, toHeight, toWidth) {
  let current = rgb;
  if (toWidth !== width) {
    const wide = new Uint8Array(3 * height * toWidth);
    const filter = coefficients(width, toWidth);
    const pitches = { from: 3 * width, to: 3 * toWidth };
    resampleLines(current, wide, height, toWidth, filter, { from: 3, to: 3 }, pitches);
    current = wide;
  }
  if (toHeight !== height) {
    const tall = new Uint8Array(3 * toHeight * toWidth);
    const filter = coefficients(height, toHeight);
    const places = { from: 3 * toWidth, to: 3 * toWidth };
    resampleLines(current, tall, toWidth, toHeight, filter, places, { from: 3, to: 3 });
    current = tall;
  }
  return current;
}
