// Makes networks and paints, away from the page, which must never wait. Tasks are done in turn.

import { CanvasPainter, opened } from "./canvas-painter.mjs";
import { received } from "./installation.mjs";
import { Networks } from "./networks.mjs";
import { Refusal, kindOf, openPicture } from "./picture-file.mjs";
import { fittedLabels } from "./region-labels.mjs";
import { fitted } from "./sizes.mjs";

const TRIAL_SIDE = 256;
const LARGEST_MASK = 1536; // on its longest side
const networks = new Networks();
const painter = new CanvasPainter();
const sketcher = new CanvasPainter();
let photograph = null; // { bitmap, type, uses }
let stopping = false; // what paints the original
let last = ""; // what the painter holds: photograph, size and network

/** Whoever needs a photograph no longer says so; the last one closes it. */
function leave(used) {
  used.uses -= 1;
  if (used.uses === 0) used.bitmap.close();
}

/** A photograph of the visitor's or of the page; it stays here until the next. */
async function take({ file, name, longest }) {
  const { bitmap } = await openPicture(file, name);
  if (photograph) leave(photograph);
  photograph = { bitmap, type: file.type === "image/jpeg" ? "image/jpeg" : "image/png", uses: 1 };
  last = "";
  const { width, height } = bitmap;
  const [resizeWidth, resizeHeight] = fitted(width, height, longest);
  const shown = await createImageBitmap(bitmap, { resizeWidth, resizeHeight, resizeQuality: "high" });
  return { width, height, shown };
}

/** Paint the photograph, or a camera's frame, which is handed over. */
async function paint({ recipe, frame, width, height, colours, mask }) {
  const began = performance.now();
  const made = frame ? "" : JSON.stringify([recipe, width, height, mask?.version]);
  if (!made || made !== last) {
    last = "";
    painter.read(frame ?? photograph.bitmap, width, height);
    frame?.close();
    await compute(recipe, mask);
    last = made;
  }
  const { backend } = networks;
  return { ...(await painter.show(colours)), width, height, ms: performance.now() - began, backend };
}

/** By the GPU where that is used; where it fails, as when it is lost, WebAssembly goes on. */
async function compute(recipe, mask) {
  const paintBy = async () => painter.paint(networks.ort, await networks.session(recipe), mask);
  try {
    await paintBy();
  } catch (error) {
    if (!networks.accelerated || error instanceof Refusal) throw error;
    await networks.use();
    await paintBy();
  }
}

/** Paint by the GPU from now on, where there is one that does it as well, and sooner or `forced`. */
async function accelerate({ forced }) {
  const square = new CanvasPainter();
  square.read(photograph.bitmap, TRIAL_SIDE, TRIAL_SIDE);
  const found = await networks.faster(square.rgb(), [1, TRIAL_SIDE, TRIAL_SIDE, 3], forced);
  // Between two tasks, so that none has its network taken away.
  if (found) await (queue = queue.then(() => networks.use(found)));
  return { backend: networks.backend };
}

/** The middle of the photograph, small, painted with random shares of the artworks. */
function sketch({ shares, side }) {
  return networks.once(shares, async (session) => {
    const { width, height } = photograph.bitmap;
    const square = Math.min(width, height);
    const [left, top] = [width, height].map((all) => Math.floor((all - square) / 2));
    const middle = await createImageBitmap(photograph.bitmap, left, top, square, square);
    sketcher.read(middle, side, side);
    middle.close();
    await sketcher.paint(networks.ort, session);
    return (await sketcher.show(false)).painted;
  });
}

/** The labels of a mask's file, for the photograph and a network's regions; large ones are made smaller. */
async function mask({ file, key }) {
  const { labelsOf, requireRatio } = await import("./region-mask.mjs");
  const { bitmap, bytes } = await openPicture(file, file.name);
  const { width, height } = bitmap;
  try {
    requireRatio(bitmap, photograph.bitmap, file.name);
    const context = opened(width, height);
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const labels = labelsOf(data, { name: file.name, kind: kindOf(bytes), ...networks.maskOf(key) });
    const sides = Math.max(width, height) > LARGEST_MASK ? fitted(width, height, LARGEST_MASK) : [width, height];
    return { labels: fittedLabels({ labels, width, height }, ...sides), width: sides[0], height: sides[1] };
  } finally {
    bitmap.close();
  }
}

async function save({ whole, type, ...options }) {
  const kind = type || photograph.type;
  const blob = await (whole
    ? painter.saveLarge(photograph.bitmap, { ...options, type: kind })
    : painter.save({ ...options, type: kind }));
  return { blob };
}

/** Between its tiles other tasks are done, and the photograph may be changed for another. */
async function saveOriginal({ recipe, ...options }) {
  const original = photograph;
  original.uses += 1;
  stopping = false;
  try {
    const { paintInTiles } = await import("./tiled-painting.mjs");
    const { runtime, model } = await networks.tiled(recipe);
    const tell = (share) => postMessage({ share });
    const { bitmap, type } = original;
    return { blob: await paintInTiles(runtime, model, bitmap, { ...options, type }, tell, () => stopping) };
  } finally {
    leave(original);
  }
}

const tasks = {
  start: ({ index }) => networks.start(index),
  accelerate,
  make: ({ artwork }) => networks.make(artwork),
  prepare: async () => void (await networks.generator()),
  take,
  paint,
  mask,
  sketch,
  save,
  saveOriginal,
  stopOriginal: () => void (stopping = true),
  network: ({ recipe, strength }) => networks.file(recipe, strength),
  received,
};

const handedOver = (result) =>
  [result, ...Object.values(result ?? {})].flatMap((part) => {
    if (part instanceof ImageBitmap) return [part];
    return part instanceof Uint8Array ? [part.buffer] : [];
  });

async function perform(data) {
  const { id, task } = data;
  try {
    const result = await tasks[task](data);
    postMessage({ id, result }, handedOver(result));
  } catch (error) {
    if (error instanceof Refusal) postMessage({ id, refusal: error.message });
    else postMessage({ id, error: error.message || String(error) });
  }
}

// In turn, so that none finds another's pixels; but megabytes that are loaded hold up nobody.
const ASIDE = new Set(["start", "prepare", "accelerate", "received", "saveOriginal", "stopOriginal"]);
let queue = Promise.resolve();
self.onmessage = ({ data }) => {
  if (ASIDE.has(data.task)) perform(data);
  else queue = queue.then(() => perform(data));
};
