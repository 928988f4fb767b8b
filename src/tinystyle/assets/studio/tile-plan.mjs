// Tiles of a picture that is painted exactly as if at once, and the statistics of its norms over all of
// them. The same as tinystyle.runtime.given.

/** @typedef {{channels: number, passes: number, margin: number, multiple: number}} Form */
/** @typedef {{top: number, left: number, bottom: number, right: number}} Area */

/**
 * What a network's file says of its statistics, by its notes: how many channels its norms have, how
 * often a picture is measured until all are right, how many pixels a tile needs around its core, and
 * of which number both are multiples.
 * @returns {Form}
 */
export function formOf(notes) {
  const names = ["statistics_channels", "statistics_passes", "tile_margin", "tile_multiple"];
  const [channels, passes, margin, multiple] = names.map((name) => Number(notes[name]));
  return { channels, passes, margin, multiple };
}

/** Where a line of `length` px is computed, and what of it counts. */
function spans(length, step, { margin, multiple }) {
  const found = [];
  for (let start = 0; start < length; start += step) {
    const end = Math.min(length, start + step);
    const first = Math.floor(Math.max(0, start - margin) / multiple) * multiple;
    found.push([first, Math.min(length, end + margin), start, end]);
  }
  return found;
}

/**
 * Tiles of a core of `side` pixels, rounded down to the multiple that is needed.
 * @param {Form} form
 * @returns {(Area & {core: Area})[]}  places in the picture
 */
export function tilesOf(height, width, side, form) {
  const step = Math.max(form.multiple, Math.floor(side / form.multiple) * form.multiple);
  const columns = spans(width, step, form);
  return spans(height, step, form).flatMap(([top, bottom, coreTop, coreBottom]) =>
    columns.map(([left, right, coreLeft, coreRight]) => ({
      top,
      left,
      bottom,
      right,
      core: { top: coreTop, left: coreLeft, bottom: coreBottom, right: coreRight },
    })),
  );
}

/** Means and variances of channels over tiles, in double precision (Chan, Golub and LeVeque 1979). */
export class Gathered {
  #places = 0;

  constructor(channels) {
    this.mean = new Float64Array(channels);
    this.variance = new Float64Array(channels);
  }

  /** A tile of so many places, which has these means and variances. */
  add(mean, variance, places) {
    this.#places += places;
    const share = places / this.#places;
    for (let k = 0; k < this.mean.length; k++) {
      const apart = mean[k] - this.mean[k];
      this.variance[k] += share * (variance[k] - this.variance[k]) + share * (1 - share) * apart * apart;
      this.mean[k] += share * apart;
    }
  }
}
