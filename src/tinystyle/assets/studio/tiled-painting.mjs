// A photograph painted whole at its own size, in tiles that fit exactly: each norm's statistics are those
// of the whole picture. Each norm is measured over all tiles before the next, then all tiles are painted.

import { JPEG_QUALITY, opened, openedFor } from "./canvas-painter.mjs";
import { gather, keepColours, soften, spread } from "./colours.mjs";
import { measuringParts } from "./graph-part.mjs";
import { notesIn } from "./network-file.mjs";
import { Gathered, formOf, tilesOf } from "./tile-plan.mjs";

/** Of a tile's core, in pixels: with what is around it less than what is painted at once. */
export const SIDE = 1024;
/** What painting takes, in convolutions at the resolution of those that are measured. */
const PAINTING = 24;

const pause = () => new Promise((resolve) => setTimeout(resolve));

/** Reads tiles of a photograph. */
class Tiles {
  #context;

  constructor(source, side, form) {
    this.source = source;
    this.list = tilesOf(source.height, source.width, side, form);
    const most = (first, last) => Math.max(...this.list.map((tile) => tile[last] - tile[first]));
    this.#context = opened(most("left", "right"), most("top", "bottom"));
  }

  /** What the graph is given of a tile. */
  feeds(ort, { top, left, bottom, right, core }, statistics) {
    const [width, height] = [right - left, bottom - top];
    this.#context.clearRect(0, 0, width, height);
    this.#context.drawImage(this.source, -left, -top);
    const rgb = new Uint8Array(3 * width * height);
    gather(this.#context.getImageData(0, 0, width, height).data, rgb);
    const within = [core.top - top, core.left - left, core.bottom - top, core.right - left];
    return {
      image: new ort.Tensor("uint8", rgb, [1, height, width, 3]),
      statistics: new ort.Tensor("float32", statistics, [2, statistics.length / 2]),
      core: new ort.Tensor("int64", BigInt64Array.from(within, BigInt), [4]),
    };
  }

  /** The core of the tile that was read last, as RGBA bytes. */
  photograph({ top, left, core }) {
    const [width, height] = [core.right - core.left, core.bottom - core.top];
    return this.#context.getImageData(core.left - left, core.top - top, width, height);
  }
}

/** The core of a painted tile, RGB bytes (height, width, 3), as RGBA bytes. */
function coreOf(rgb, { top, left, right, core }) {
  const [width, rows] = [core.right - core.left, core.bottom - core.top];
  const shown = new ImageData(width, rows);
  for (let row = 0; row < rows; row++) {
    const from = 3 * ((core.top - top + row) * (right - left) + core.left - left);
    spread(rgb.subarray(from, from + 3 * width), shown.data.subarray(4 * width * row));
  }
  return shown;
}

/**
 * The painting of a photograph as a file, or null where it was stopped.
 * @param {{ort: object, open: (model: Uint8Array) => Promise<object>}} runtime
 * @param {Uint8Array} model  of export-net --norm input --io uint8
 * @param {ImageBitmap} source
 * @param {{colours: boolean, strength: number, type: string, side?: number}} options  `side` of a tile's core
 * @param {(share: number) => void} tell  which share 0..1 of the work is done, after each tile
 * @param {() => boolean} stopped  asked before each tile
 */
export async function paintInTiles({ ort, open }, model, source, options, tell, stopped) {
  const { colours, strength, type, side = SIDE } = options;
  const whole = openedFor(source);
  const form = formOf(notesIn(model));
  const tiles = new Tiles(source, side, form);
  const parts = measuringParts(model);
  const statistics = new Float32Array(2 * form.channels).fill(1, form.channels);
  const work = parts.reduce((sum, { convolutions }) => sum + convolutions, PAINTING) * tiles.list.length;
  let done = 0;

  /** Run a model over all tiles; whether it was not stopped. */
  async function pass(part, cost, use) {
    const session = await open(part);
    try {
      for (const tile of tiles.list) {
        await pause(); // so that other tasks are heard
        if (stopped()) return false;
        use(await session.run(tiles.feeds(ort, tile, statistics)), tile);
        done += cost;
        tell(done / work);
      }
      return true;
    } finally {
      await session.release();
    }
  }

  let first = 0;
  for (const { model: part, outputs, convolutions } of parts) {
    let gathered = null;
    const add = (made) => {
      const [mean, variance, places] = outputs.map((name) => made[name].data);
      gathered ??= new Gathered(mean.length);
      gathered.add(mean, variance, places[0]);
    };
    if (!(await pass(part, convolutions, add))) return null;
    statistics.set(gathered.mean, first);
    statistics.set(gathered.variance, form.channels + first);
    first += gathered.mean.length;
  }
  const paint = ({ stylized }, tile) => {
    const shown = coreOf(stylized.data, tile);
    const photograph = colours || strength < 1 ? tiles.photograph(tile).data : null;
    if (colours) keepColours(shown.data, photograph);
    soften(shown.data, photograph, strength);
    whole.putImageData(shown, tile.core.left, tile.core.top);
  };
  if (!(await pass(model, PAINTING, paint))) return null;
  return whole.canvas.convertToBlob({ type, quality: JPEG_QUALITY });
}
