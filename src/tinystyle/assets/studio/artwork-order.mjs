// What the worker is told to make a network of.

import { withoutEnding } from "./picture-file.mjs";
import { siteFile } from "./site-file.mjs";

const RANDOM_STYLE_SIZE = 256; // those of the bundled artworks, whose sums random styles are
let count = 0;

/** An artwork of the visitor's: its file, and its name without ending. */
export function ownArtwork(file) {
  const name = withoutEnding(file.name) || "artwork";
  const id = `own ${(count += 1)}`; // two files may have one name
  return { id, name, title: name, file, thumbnail: URL.createObjectURL(file) };
}

/** A network's file in the place of an artwork. */
export function ownNetwork(file) {
  const name = withoutEnding(file.name) || "network";
  return { id: `own ${(count += 1)}`, name, title: name, network: file };
}

/**
 * An artwork as a slot holds it: with its order for the worker.
 * @param {object} artwork  of the page, of the visitor or random
 * @param {number} strokes  pixels of its shortest side, for the hypernetwork
 */
export async function ordered(artwork, strokes) {
  const { name, shares, weights, sha256, style_size: readySize } = artwork;
  const styleSize = shares ? RANDOM_STYLE_SIZE : strokes;
  const key = `${artwork.id ?? name}@${styleSize}`;
  const order = { key, name, styleSize };
  if (artwork.network) order.network = artwork.network;
  else if (shares) Object.assign(order, { shares });
  else if (weights && styleSize === readySize) Object.assign(order, { weights, sha256, style_size: readySize });
  else order.file = artwork.file ?? (await (await siteFile(artwork.artwork)).blob());
  return { ...artwork, key, styleSize, order };
}

/** What the page tells of a network that was just made or opened. */
export function wordOf({ title, network, regions }, mixed) {
  if (regions.length) return `Choose a region and brush over the photograph: ${regions.join(", ")}.`;
  if (network) return `The network ${title} paints.`;
  return mixed ? "" : `A network of 0.4 MB that paints like ${title}.`;
}
