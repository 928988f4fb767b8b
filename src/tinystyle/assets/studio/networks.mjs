// Networks of artworks in the worker: weights, sessions that compute with them, and their files.

import { open, webAssembly, webGpu, worthwhile } from "./backend.mjs";
import { prepareStyle, sha256, styleWindow, toBatch } from "./artwork.mjs";
import { openNetworkFile, requireAnySize } from "./network-file.mjs";
import { Refusal, openPicture } from "./picture-file.mjs";
import { siteFile } from "./site-file.mjs";
import { NetworkTemplate, allFinite, mixed } from "./style-network.mjs";

const MOST_SESSIONS = 6;
const MOST_STYLES = 24;
const TELL_BYTES = 2 ** 18;
const NO_ARTWORK = "0".repeat(64);

/** A file of the site; tells how far it is where it is `told` about. */
async function load(path, told = "", total = 0) {
  const response = await siteFile(path);
  if (!told) return new Uint8Array(await response.arrayBuffer());
  const whole = new Uint8Array(total);
  const reader = response.body.getReader();
  let loaded = 0;
  let last = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    whole.set(part.value, loaded);
    loaded += part.value.length;
    if (loaded - last < TELL_BYTES && loaded < total) continue;
    last = loaded;
    postMessage({ progress: { name: told, loaded, total } });
  }
  if (loaded !== total) throw new Refusal("The connection was lost while loading; try again.");
  return whole;
}

/** Move a key to the end of a map, where what was used last stands. */
function touch(map, key, value) {
  map.delete(key);
  map.set(key, value);
  return value;
}

const keyOf = ({ first, second, share }) => (second ? `${first}|${second}|${share}` : first);
const notesOf = ({ name, sha256: hash, style_size: styleSize }) => ({ name, sha256: hash, styleSize });

/** Artworks that a style is a sum of, as notes of networks name them. */
const sumOf = (notes, factor) =>
  (notes.shares ?? [[notes.name, 1]]).map(
    ([name, share]) => `${name}:${Number((factor * share).toPrecision(6))}`,
  );

export class Networks {
  #styles = new Map();
  #sessions = new Map();
  #index;
  #template;
  #tiles = null;
  #hypernetwork = null;
  #plain = webAssembly();
  #backend = this.#plain;

  /** What paints, in words. */
  get backend() {
    return this.#backend.name;
  }

  get accelerated() {
    return this.#backend !== this.#plain;
  }

  /** Its onnxruntime, which takes no other's tensors. */
  get ort() {
    return this.#backend.ort;
  }

  /** Load runtime and template; the first artwork's network is ready afterwards. */
  async start(index) {
    this.#index = index;
    this.#template = await this.#open(index.template);
    const [first] = index.styles;
    const key = `${first.name}@${first.style_size}`;
    this.#keep(key, this.#template.weights, notesOf(first));
    await this.session({ first: key });
  }

  /** A GPU that paints RGB bytes as WebAssembly does, and sooner unless `forced`; null without one. */
  async faster(rgb, dims, forced) {
    const found = await webGpu(forced);
    if (!found) return null;
    const model = this.#template.fill(this.#template.weights);
    return (await worthwhile(found, this.#plain, model, rgb, dims, forced)) ? found : null;
  }

  /** Compute by another backend from now on; by WebAssembly again without one. */
  async use(backend = this.#plain) {
    this.#backend = backend;
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    // A GPU that was lost may refuse even this.
    await Promise.allSettled(sessions.map((session) => session.release()));
  }

  async #open({ model, places, strength }) {
    const [bytes, list] = await Promise.all([load(model), load(places)]);
    return new NetworkTemplate(bytes, JSON.parse(new TextDecoder().decode(list)), strength);
  }

  /** Those that were unused for longest go; they can be made again. */
  #keep(key, weights, notes) {
    touch(this.#styles, key, { weights, notes });
    for (const old of this.#styles.keys()) {
      if (this.#styles.size <= MOST_STYLES) break;
      this.#styles.delete(old);
    }
  }

  #style(key) {
    const style = this.#styles.get(key);
    if (!style) throw new Error(`the network of ${key} is not there`);
    return touch(this.#styles, key, style);
  }

  /**
   * Make the network of an artwork of the page, of random shares of them, or of a file, or open one.
   * Tells the names of its regions: { regions }.
   */
  async make({ key, shares, weights, file, name, styleSize, network, ...artwork }) {
    if (this.#styles.has(key)) return { regions: this.#style(key).regions ?? [] };
    if (network) return this.#adopt(key, network);
    if (shares) {
      const notes = { name, sha256: NO_ARTWORK, styleSize, shares };
      this.#keep(key, await this.#sum(shares), notes);
    } else if (weights) {
      const bytes = await load(weights);
      this.#keep(key, new Float32Array(bytes.buffer), notesOf({ name, ...artwork }));
    } else await this.#generate(key, file, name, styleSize);
    return { regions: [] };
  }

  /** What a mask of its regions is made of: how many there are, and their colours where it has some. */
  maskOf(key) {
    const { regions, colours } = this.#style(key);
    return { regions: regions.length, colours };
  }

  /** A network's file becomes a style like others, but for its weights, which stay where they are. */
  async #adopt(key, file) {
    const { bytes, name, regions, colours } = await openNetworkFile(file, file.name);
    let session;
    try {
      session = await open(this.#backend, bytes);
    } catch {
      throw new Refusal(`${file.name} is damaged, or needs a newer onnxruntime.`);
    }
    requireAnySize(session, file.name);
    touch(this.#styles, key, { bytes, regions, colours, notes: { name } });
    touch(this.#sessions, key, session);
    return { regions };
  }

  async #sum(shares) {
    const sum = new Float32Array(this.#template.count);
    for (const [name, share] of shares) {
      const artwork = this.#index.styles.find((style) => style.name === name);
      const key = `${name}@${artwork.style_size}`;
      await this.make({ ...artwork, key });
      const { weights } = this.#style(key);
      for (let k = 0; k < sum.length; k++) sum[k] += share * weights[k];
    }
    return sum;
  }

  /** The hypernetwork's session; a load that failed is tried again the next time. */
  generator() {
    const { model, size_bytes: size } = this.#index.hypernetwork;
    this.#hypernetwork ??= load(model, "hypernetwork", size).then((model) => open(this.#plain, model));
    this.#hypernetwork.catch(() => (this.#hypernetwork = null));
    return this.#hypernetwork;
  }

  async #generate(key, file, name, styleSize) {
    const { bitmap, bytes } = await openPicture(file, name);
    const { width, height } = bitmap;
    const window = styleWindow(height, width, styleSize);
    const whole = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    whole.drawImage(bitmap, 0, 0);
    bitmap.close();
    const rgb = prepareStyle(whole.getImageData(0, 0, width, height).data, width, window);
    const dims = [1, 3, window.height, window.width];
    const style = new this.#plain.ort.Tensor("float32", toBatch(rgb, window.height, window.width), dims);
    const session = await this.generator();
    const { weights } = await session.run({ style });
    if (!allFinite(weights.data)) throw new Refusal(`${name} makes no network; try another artwork.`);
    const notes = { name, sha256: await sha256(bytes), styleSize };
    this.#keep(key, Float32Array.from(weights.data), notes);
  }

  #weights({ first, second, share }) {
    const main = this.#style(first).weights;
    return second ? mixed(main, this.#style(second).weights, share) : main;
  }

  /** A session of a recipe's network. Few are kept; the longest unused one goes. */
  async session(recipe) {
    const key = keyOf(recipe);
    const model = () => this.#style(recipe.first).bytes ?? this.#template.fill(this.#weights(recipe));
    const session = this.#sessions.get(key) ?? (await open(this.#backend, model()));
    touch(this.#sessions, key, session);
    for (const [old, unused] of this.#sessions) {
      if (this.#sessions.size <= MOST_SESSIONS) break;
      this.#sessions.delete(old);
      await unused.release();
    }
    return session;
  }

  /** Compute once with random shares of the artworks; nothing is kept. */
  async once(shares, compute) {
    const session = await open(this.#backend, this.#template.fill(await this.#sum(shares)));
    try {
      return await compute(session);
    } finally {
      await session.release();
    }
  }

  /**
   * A recipe's network whose statistics are an input, for `paintInTiles`, and what computes it: the
   * processor alone, whose painting is Python's.
   */
  async tiled(recipe) {
    if (this.#style(recipe.first).bytes) throw new Refusal("A network's file cannot paint the original in tiles.");
    this.#tiles ??= await this.#open(this.#index.tiles_template);
    const runtime = { ort: this.#plain.ort, open: (model) => open(this.#plain, model) };
    return { runtime, model: this.#tiles.fill(this.#weights(recipe)) };
  }

  /** A recipe's network as a file, at a strength 0..1, and its name. */
  async file(recipe, strength) {
    const { first, second, share } = recipe;
    const { notes, bytes: whole } = this.#style(first);
    if (whole) return { bytes: whole.slice(), name: notes.name };
    const other = second && this.#style(second).notes;
    const parts = other ? sumOf(other, share) : [];
    if (notes.shares) parts.unshift(...sumOf(notes, other ? 1 - share : 1));
    const mix = parts.join(" ");
    const template = strength < 1 ? await this.#open(this.#index.soft_template) : this.#template;
    const bytes = template.write(this.#weights(recipe), { ...notes, mix }, strength);
    return { bytes, name: other ? `${notes.name}-${other.name}` : notes.name };
  }
}
