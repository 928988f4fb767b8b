// What computes networks in the worker: WebAssembly at once, and WebGPU later, where the device has a
// GPU that paints the same picture sooner. The hypernetwork stays with WebAssembly, whose weights
// make the file that export-net writes.

import * as wasm from "./runtime/ort.wasm.min.mjs";

const FOLDER = new URL("runtime/", self.location.href).href;
const MOST_APART = 2; // levels of 255 between the two, of a picture that both have painted
const NO_SOFTWARE = /swiftshader|llvmpipe|basic render/i;

/** @typedef {{name: string, ort: object, providers: string[]}} Backend */

/** Threads that help: hyperthreads of the same core wait for each other. */
function threadCount() {
  if (!self.crossOriginIsolated) return 1;
  const processors = navigator.hardwareConcurrency || 2;
  return processors <= 4 ? processors : Math.min(8, processors >> 1);
}

function started(ort, threads) {
  ort.env.wasm.wasmPaths = FOLDER;
  ort.env.wasm.numThreads = threads;
  return ort;
}

/** @returns {Backend} */
export function webAssembly() {
  const threads = threadCount();
  const name = `WebAssembly, ${threads} ${threads === 1 ? "thread" : "threads"}`;
  return { name, ort: started(wasm, threads), providers: ["wasm"] };
}

/**
 * Null where the browser offers no GPU, or one that the processor stands in for and is not `forced`.
 * The runtime for it, 27 MB before compression, is loaded only then.
 * @returns {Promise<Backend | null>}
 */
export async function webGpu(forced) {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return null;
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  const words = [vendor, architecture, description].filter(Boolean).join(" ");
  if (!forced && (isFallbackAdapter || NO_SOFTWARE.test(words))) return null;
  const ort = await import("./runtime/ort.webgpu.min.mjs");
  return { name: "WebGPU", ort: started(ort, 1), providers: ["webgpu"] };
}

/** Graphs were made simple when they were exported: onnxruntime finds nothing more, and takes long. */
export const open = ({ ort, providers }, model) =>
  ort.InferenceSession.create(model, {
    executionProviders: providers,
    graphOptimizationLevel: "disabled",
    logSeverityLevel: 4,
  });

/** The painting of RGB bytes, and the milliseconds of a second run: the first one prepares. */
async function tried(backend, model, rgb, dims) {
  const session = await open(backend, model);
  try {
    const feeds = { image: new backend.ort.Tensor("uint8", rgb, dims) };
    await session.run(feeds);
    const began = performance.now();
    const { stylized } = await session.run(feeds);
    return { data: stylized.data, ms: performance.now() - began };
  } finally {
    await session.release();
  }
}

/** Whether a backend paints a picture as another does, and, unless `forced`, sooner. */
export async function worthwhile(candidate, present, model, rgb, dims, forced) {
  const mine = await tried(candidate, model, rgb, dims);
  const other = await tried(present, model, rgb, dims);
  const apart = mine.data.reduce((most, value, k) => Math.max(most, Math.abs(value - other.data[k])), 0);
  return apart <= MOST_APART && (forced || mine.ms < other.ms);
}
