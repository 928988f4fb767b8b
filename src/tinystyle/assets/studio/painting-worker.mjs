// Makes networks and paints, away from the page, which must never wait.

import * as ort from "./runtime/ort.wasm.min.mjs";
import { prepareStyle, sha256, styleWindow, toBatch } from "./artwork.mjs";
import { Refusal, openPicture } from "./picture-file.mjs";
import { NetworkTemplate, allFinite, mixed } from "./style-network.mjs";

const MOST_SESSIONS = 6;
const TELL_BYTES = 2 ** 18;

const styles = new Map();
const sessions = new Map();
let index = null;
let template = null;
let hypernetwork = null;
let canvas = null;

/** Threads that help: hyperthreads of the same core wait for each other. */
function threadCount() {
  if (!self.crossOriginIsolated) return 1;
  const processors = navigator.hardwareConcurrency || 2;
  return processors <= 4 ? processors : Math.min(8, processors >> 1);
}

/** A file of the site; tells how far it is where it is `told` about. */
async function load(path, told = "", total = 0) {
  let response;
  try {
    response = await fetch(path);
  } catch {
    throw new Refusal("The connection was lost while loading; try again when it is back.");
  }
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
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

const open = (model) =>
  ort.InferenceSession.create(model, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
    logSeverityLevel: 4,
  });

async function start(given) {
  index = given;
  ort.env.wasm.wasmPaths = new URL("runtime/", self.location.href).href;
  ort.env.wasm.numThreads = threadCount();
  const { model, places } = index.template;
  const [bytes, list] = await Promise.all([load(model), load(places)]);
  template = new NetworkTemplate(bytes, JSON.parse(new TextDecoder().decode(list)));
  const first = index.styles[0];
  const key = `${first.name}@${first.style_size}`;
  styles.set(key, { weights: template.weights, notes: notesOf(first) });
  await sessionOf({ first: key });
  return { threads: ort.env.wasm.numThreads };
}

const notesOf = ({ name, sha256: hash, style_size: styleSize }) => ({ name, sha256: hash, styleSize });

async function bundled(style) {
  if (styles.has(style.key)) return;
  const bytes = await load(style.weights);
  styles.set(style.key, { weights: new Float32Array(bytes.buffer), notes: notesOf(style) });
}

/** The hypernetwork's session; a load that failed is tried again the next time. */
function generator() {
  const { model, size_bytes: size } = index.hypernetwork;
  hypernetwork ??= load(model, "hypernetwork", size).then(open);
  hypernetwork.catch(() => (hypernetwork = null));
  return hypernetwork;
}

async function generate({ key, file, name, styleSize }) {
  const began = performance.now();
  const { bitmap, bytes } = await openPicture(file, name);
  const { width, height } = bitmap;
  const window = styleWindow(height, width, styleSize);
  const whole = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  whole.drawImage(bitmap, 0, 0);
  bitmap.close();
  const rgb = prepareStyle(whole.getImageData(0, 0, width, height).data, width, window);
  const dims = [1, 3, window.height, window.width];
  const style = new ort.Tensor("float32", toBatch(rgb, window.height, window.width), dims);
  const session = await generator();
  const { weights } = await session.run({ style });
  if (!allFinite(weights.data)) throw new Refusal(`${name} makes no network; try another artwork.`);
  const notes = { name, sha256: await sha256(bytes), styleSize };
  styles.set(key, { weights: Float32Array.from(weights.data), notes });
  return { ms: performance.now() - began };
}

const recipeKey = ({ first, second, share }) => (second ? `${first}|${second}|${share}` : first);

function weightsOf({ first, second, share }) {
  const main = styles.get(first).weights;
  return second ? mixed(main, styles.get(second).weights, share) : main;
}

/** A session of a recipe's network. Few are kept; the longest unused one goes. */
async function sessionOf(recipe) {
  const key = recipeKey(recipe);
  const session = sessions.get(key) ?? (await open(template.fill(weightsOf(recipe))));
  sessions.delete(key);
  sessions.set(key, session);
  for (const [old, unused] of sessions) {
    if (sessions.size <= MOST_SESSIONS) break;
    sessions.delete(old);
    await unused.release();
  }
  return session;
}

async function paint({ recipe, bitmap, width, height }) {
  const began = performance.now();
  if (canvas?.width !== width || canvas?.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.clearRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const rgba = context.getImageData(0, 0, width, height).data;
  const rgb = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = rgba[from];
    rgb[to + 1] = rgba[from + 1];
    rgb[to + 2] = rgba[from + 2];
  }
  const session = await sessionOf(recipe);
  const image = new ort.Tensor("uint8", rgb, [1, height, width, 3]);
  const painted = (await session.run({ image })).stylized.data;
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = painted[from];
    rgba[to + 1] = painted[from + 1];
    rgba[to + 2] = painted[from + 2];
    rgba[to + 3] = 255;
  }
  return { rgba, width, height, ms: performance.now() - began };
}

function network({ first, second, share }) {
  const { notes } = styles.get(first);
  const other = second && styles.get(second).notes;
  const mix = second && `${other.name}:${Number(share.toPrecision(6))}`;
  const bytes = template.write(weightsOf({ first, second, share }), { ...notes, mix });
  return { bytes, name: second ? `${notes.name}-${other.name}` : notes.name };
}

/** Bytes over the wire, bodies without headers: what came from a cache counts nothing. */
function received() {
  const entries = performance.getEntriesByType("resource");
  return entries.reduce((sum, entry) => sum + (entry.transferSize ? entry.encodedBodySize : 0), 0);
}

const tasks = {
  start: ({ index: given }) => start(given),
  bundled: ({ style }) => bundled(style),
  generate: ({ artwork }) => generate(artwork),
  prepare: async () => void (await generator()),
  paint,
  network: ({ recipe }) => network(recipe),
  received,
};

self.onmessage = async ({ data }) => {
  const { id, task } = data;
  try {
    const result = await tasks[task](data);
    const buffer = result?.rgba?.buffer ?? result?.bytes?.buffer;
    postMessage({ id, result }, buffer ? [buffer] : []);
  } catch (error) {
    if (error instanceof Refusal) postMessage({ id, refusal: error.message });
    else postMessage({ id, error: error.message || String(error) });
  }
};
