// Measures networks in onnxruntime-web. In a worker, as an app does it: a page must not block, and
// threads may wait only there. Takes job.json, tells everything by postMessage.

import { toImageData, toTensorData } from "./picture.mjs";

const TELL_MS = 200;
const lines = [];
const heaps = [];
let threadsStarted = 0;
let told = 0;
let clockStep = 0;

/** Milliseconds between two times; what is below the clock's step counts as one step. */
const between = (start, end) => Math.max(end - start, clockStep);
const since = (start) => between(start, performance.now());

/** Says how far it is, but not so often that it disturbs what is measured. */
function progress(phase, share) {
  const now = performance.now();
  if (now - told < TELL_MS) return;
  told = now;
  postMessage({ kind: "progress", phase, share });
}

/** Watches what onnxruntime-web does: its log, its heap, the threads it starts. */
function watchRuntime() {
  for (const name of ["log", "info", "debug", "warn", "error"]) {
    console[name] = (...parts) => {
      if (lines.length < 20000) lines.push(parts.join(" "));
    };
  }
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor) {
      super(descriptor);
      heaps.push(this);
    }
  };
  const { Worker } = self;
  self.Worker = class extends Worker {
    constructor(...args) {
      super(...args);
      threadsStarted += 1;
    }
  };
}

/** Smallest step of performance.now() in milliseconds. */
function smallestStep() {
  let step = Infinity;
  for (let found = 0, before = performance.now(); found < 50; ) {
    const now = performance.now();
    if (now === before) continue;
    step = Math.min(step, now - before);
    before = now;
    found += 1;
  }
  return step;
}

async function browserFacts() {
  const data = navigator.userAgentData;
  const known = await data?.getHighEntropyValues(["fullVersionList", "platform"]);
  const brands = known?.fullVersionList?.filter(({ brand }) => !/not.a.brand/i.test(brand)) ?? [];
  return {
    kind: "browser",
    brand: brands.at(-1)?.brand ?? "",
    version: brands.at(-1)?.version ?? "",
    user_agent: navigator.userAgent,
    hardware_concurrency: navigator.hardwareConcurrency,
    cross_origin_isolated: self.crossOriginIsolated,
    clock_us: clockStep * 1e3,
    graphics: "",
  };
}

/** Name of the GPU, or why there is none to use. */
async function graphics(job) {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  if (!adapter) return { absent: "this browser gives no WebGPU adapter on this machine" };
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  const name = [vendor, architecture, description].filter(Boolean).join(" ") || "unnamed";
  const software = isFallbackAdapter || adapter.isFallbackAdapter || /swiftshader/i.test(name);
  if (software && !job.software_adapter) {
    return { absent: `WebGPU has only a software adapter here (${name})` };
  }
  return { name: software ? `${name} (software)` : name };
}

async function bytesOf(name) {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`${name}: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Starts onnxruntime-web with a network of one node; milliseconds. */
async function startRuntime(ort, job) {
  ort.env.wasm.numThreads = job.threads;
  ort.env.wasm.wasmPaths = new URL("ort/", self.location.href).href;
  const model = await bytesOf("start.onnx");
  const start = performance.now();
  const session = await ort.InferenceSession.create(model, options(job));
  const taken = since(start);
  await session.release();
  return taken;
}

const options = (job, more = {}) => ({ executionProviders: [job.provider], ...more });

/** A session and its input, with the times of loading and of the first run. */
async function open(ort, job, model) {
  const bytes = await bytesOf(model.file);
  const start = performance.now();
  const session = await ort.InferenceSession.create(bytes, options(job));
  const load_ms = since(start);
  const feed = await bytesOf(model.feed);
  const data = model.type === "uint8" ? feed : new Float32Array(feed.buffer);
  const [input, output] = [session.inputNames[0], session.outputNames[0]];
  const run = async (values) => {
    const tensor = new ort.Tensor(model.type, values, model.dims);
    return (await session.run({ [input]: tensor }))[output];
  };
  const before = performance.now();
  const result = await run(data);
  const first_run_ms = since(before);
  return { model, data, run, result, load_ms, first_run_ms };
}

/** Nodes by execution provider, from the log of a session that is made for that alone. */
async function placement(ort, job, model) {
  const from = lines.length;
  const more = { logSeverityLevel: 0, logVerbosityLevel: 0 };
  const bytes = await bytesOf(model.file);
  await (await ort.InferenceSession.create(bytes, options(job, more))).release();
  const nodes = {};
  for (const line of lines.slice(from)) {
    const found = /odes?(?:\(s\))? placed on \[(\w+)\]\. Number of nodes: (\d+)/.exec(line);
    if (found) nodes[found[1]] = (nodes[found[1]] ?? 0) + Number(found[2]);
  }
  return nodes;
}

/** Runs in turns until the profile has enough of each; milliseconds by model. */
async function alternate(opened, { warmup_runs, min_runs, min_seconds, max_seconds }) {
  for (let index = 0; index < warmup_runs; index++) {
    for (const { run, data } of opened) {
      await run(data);
      progress("warm-up", 0);
    }
  }
  const times = opened.map(() => []);
  const start = performance.now();
  for (let share = 0; share < 1; ) {
    for (const [index, { run, data }] of opened.entries()) {
      const before = performance.now();
      await run(data);
      times[index].push(since(before));
      progress("runs", share);
    }
    const each = (performance.now() - start) / 1e3 / opened.length;
    share = Math.min(times[0].length / min_runs, each / min_seconds);
    share = Math.max(share, each / max_seconds);
  }
  return times;
}

/** What an app does to a picture file, part by part: milliseconds by part, and the last result. */
async function endToEnd({ model, run }, photograph, runs) {
  const stages = { decode: [], pre: [], run: [], post: [] };
  let painted = null;
  for (let index = 0; index < runs; index++) {
    const marks = [performance.now()];
    const picture = await createImageBitmap(new Blob([photograph], { type: "image/jpeg" }));
    marks.push(performance.now());
    const values = toTensorData(picture, model);
    marks.push(performance.now());
    const result = await run(values);
    marks.push(performance.now());
    painted = toImageData(result.data, result.dims, model.channels_first);
    marks.push(performance.now());
    picture.close();
    Object.values(stages).forEach((times, i) => times.push(between(marks[i], marks[i + 1])));
    progress("end to end", index / runs);
  }
  return { stages, painted };
}

/** Sends what was computed, to be compared with what is right. */
function hand(name, bytes) {
  postMessage({ kind: "upload", name, bytes }, [bytes]);
}

async function work() {
  const job = await (await fetch("job.json")).json();
  watchRuntime();
  clockStep = smallestStep();
  const facts = await browserFacts();
  if (job.provider === "webgpu") {
    const { absent, name } = await graphics(job);
    if (absent) return postMessage({ kind: "absent", message: absent });
    facts.graphics = name;
  }
  const ort = await import(`./ort/${job.runtime}`);
  const runtime_start_ms = await startRuntime(ort, job);
  postMessage({
    ...facts,
    onnxruntime_web: ort.env.versions.web ?? ort.env.versions.common,
    threads_started: threadsStarted,
    runtime_start_ms,
  });
  const opened = [];
  for (const model of job.models) {
    opened.push(await open(ort, job, model));
    progress("loading", 0);
  }
  const heap_bytes = heaps.reduce((sum, heap) => sum + heap.buffer.byteLength, 0);
  if (job.profile === null) {
    const [{ load_ms, first_run_ms }] = opened;
    const nodes = await placement(ort, job, job.models[0]);
    return postMessage({ kind: "cold", load_ms, first_run_ms, heap_bytes, nodes });
  }
  const times = await alternate(opened, job.profile);
  const photograph = await bytesOf("photograph.jpg");
  const models = [];
  for (const [index, each] of opened.entries()) {
    const { data } = await each.run(each.data);
    hand(`output-${index}`, data.slice().buffer);
    const { stages, painted } = await endToEnd(each, photograph, job.end_to_end_runs);
    hand(`painted-${index}`, painted.data.buffer);
    models.push({ raw_ms: times[index], stages_ms: stages });
  }
  return postMessage({ kind: "timed", models });
}

work().catch((error) => postMessage({ kind: "error", message: String(error?.message ?? error) }));
