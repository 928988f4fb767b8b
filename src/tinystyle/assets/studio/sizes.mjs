// Sizes of painted pictures, in pixels.

/** Longest sides to choose from; the place after the last one is the photograph's own size. */
export const SIZES = [512, 768, 1024, 1536, 2048];
export const ORIGINAL = SIZES.length;

const SHORTEST_SIDE = 64;
/** Pixels that are painted at once. */
export const MOST_PAINTED = 2e6;
const MOST_BY_ITSELF = 1536;

const scaled = (width, height, factor) =>
  [width, height].map((side) => Math.max(SHORTEST_SIDE, Math.round(side * factor)));

/** Sides of a picture whose longest is `longest`, smaller or larger than it was. */
export const fitted = (width, height, longest) =>
  scaled(width, height, longest / Math.max(width, height));

/** Sides at which a photograph is painted for a place of the list. */
export function paintedSides(width, height, place) {
  if (place < ORIGINAL) return fitted(width, height, SIZES[place]);
  return scaled(width, height, Math.min(1, Math.sqrt(MOST_PAINTED / (width * height))));
}

/** The place of a size that is sharp where the longest side fills `pixels` of the screen. */
export function placeFor(pixels) {
  const most = SIZES.indexOf(MOST_BY_ITSELF);
  const found = SIZES.findIndex((size) => size >= 0.9 * pixels);
  return found < 0 ? most : Math.min(found, most);
}
