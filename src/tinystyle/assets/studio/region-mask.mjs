// The mask of a photograph that a visitor opens: a picture of labels, or of one colour for each region.
// The same as photograph_mask and fit_mask of tinystyle.pictures.masks.

import { Refusal } from "./picture-file.mjs";

const DARK = 32; // greys below are labels, not colours
const ALIKE = 16; // of 255 in any channel: what a JPEG file may have made of one colour
const FEW = 0.005; // share of pixels below which a colour is a blend of two regions' own
const EVEN = 0.7; // share of pixels that have a region's colour, at least
const LOSSY = new Set(["JPEG", "AVIF", "HEIC"]);

const packed = (rgba, at) => (rgba[at] << 16) | (rgba[at + 1] << 8) | rgba[at + 2];
const named = (colour) => `#${colour.toString(16).padStart(6, "0")}`;
const apart = (one, other) => [16, 8, 0].map((shift) => ((one >> shift) & 255) - ((other >> shift) & 255));
const percent = (share, digits) => `${(100 * share).toFixed(digits)} %`;

/** The largest grey where all pixels are dark greys; -1 where they are not. */
function darkest(rgba) {
  let most = 0;
  for (let at = 0; at < rgba.length; at += 4) {
    if (rgba[at] !== rgba[at + 1] || rgba[at] !== rgba[at + 2] || rgba[at] >= DARK) return -1;
    most = Math.max(most, rgba[at]);
  }
  return most;
}

function counted(rgba) {
  const counts = new Map();
  for (let at = 0; at < rgba.length; at += 4) {
    const colour = packed(rgba, at);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return counts;
}

/** For each colour of a picture its region; raises where it is none of these regions' mask. */
function regionsOfColours(counts, pixels, name, colours) {
  const known = colours.map((text) => Number.parseInt(text.slice(1), 16));
  const places = new Map();
  let even = 0;
  let strange = null;
  for (const [colour, count] of counts) {
    const distances = known.map((other) => apart(colour, other).reduce((sum, by) => sum + by * by, 0));
    const place = distances.indexOf(Math.min(...distances));
    places.set(colour, place);
    if (Math.max(...apart(colour, known[place]).map(Math.abs)) <= ALIKE) even += count;
    else if (count >= FEW * pixels && count > (strange?.count ?? 0)) strange = { colour, count };
  }
  if (strange) {
    const share = percent(strange.count / pixels, 1);
    throw new Refusal(
      `${name}: ${named(strange.colour)} (${share} of the pixels) is no region's colour: ${colours.join(", ")}.`,
    );
  }
  if (even < EVEN * pixels) {
    const share = percent(even / pixels, 0);
    throw new Refusal(`${name} is no mask: ${share} of its pixels have a region's colour; ${percent(EVEN, 0)} are needed.`);
  }
  return places;
}

/**
 * A label for each pixel of a mask.
 * @param {Uint8ClampedArray} rgba
 * @param {{name: string, kind: string, regions: number, colours: string[]}} facts  the file's name and kind, how
 *   many regions the network has, and their colours, #rrggbb, where its mask was of colours
 * @returns {Uint8Array}
 */
export function labelsOf(rgba, { name, kind, regions, colours }) {
  const labels = new Uint8Array(rgba.length / 4);
  if (colours.length > 0) {
    const places = regionsOfColours(counted(rgba), labels.length, name, colours);
    for (let k = 0; k < labels.length; k++) labels[k] = places.get(packed(rgba, 4 * k));
    return labels;
  }
  const most = darkest(rgba);
  if (most < 0) throw new Refusal(`${name} is of colours; this network's mask has labels, greys 0 to ${regions - 1} of a PNG.`);
  if (LOSSY.has(kind)) throw new Refusal(`${name} holds labels, which ${kind} files change; save it as PNG.`);
  if (most >= regions) throw new Refusal(`${name} has labels up to ${most}; the network's are 0 to ${regions - 1}.`);
  for (let k = 0; k < labels.length; k++) labels[k] = rgba[4 * k];
  return labels;
}

/** Raises where a mask has another ratio than its photograph, but for a pixel that rounding makes. */
export function requireRatio(mask, photograph, name) {
  const wide = Math.abs(mask.width - (photograph.width * mask.height) / photograph.height);
  const tall = Math.abs(mask.height - (photograph.height * mask.width) / photograph.width);
  if (wide <= 1 || tall <= 1) return;
  throw new Refusal(
    `${name} has ${mask.width} × ${mask.height} pixels, the photograph ${photograph.width} × ${photograph.height}: another ratio.`,
  );
}
