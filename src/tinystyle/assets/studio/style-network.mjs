// A network's file of its weights: written into a template of the graph, as the Android app does it,
// and its notes into the file's metadata. The bytes are those that export-net --for android writes.

const FORMAT = "tinystyle-template";
const GRAPH = 7;
const GRAPH_NAME = 2;
const METADATA = 14;
const KEY = 1;
const VALUE = 2;
const BYTES = 2;
const PREFIX = "tinystyle.";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Fields of a protobuf message: number, where it begins and ends, and where its content begins. */
function* fields(bytes, start = 0, end = bytes.length) {
  let at = start;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < end) {
    const from = at;
    const tag = varint();
    const kind = tag & 7;
    let content = at;
    if (kind === 0) varint();
    else if (kind === BYTES) {
      const length = varint();
      content = at;
      at += length;
    } else at += kind === 1 ? 8 : 4;
    yield { number: tag >>> 3, from, content, to: at };
  }
}

/** A field of bytes: tag, length, content. */
function field(number, ...parts) {
  let length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = [(number << 3) | BYTES];
  for (; length > 127; length = Math.floor(length / 128)) head.push((length & 127) | 128);
  head.push(length);
  return join([Uint8Array.from(head), ...parts]);
}

function join(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const note = (key, value) =>
  field(METADATA, field(KEY, encoder.encode(PREFIX + key)), field(VALUE, encoder.encode(value)));

/** The graph with another name; all else is as it was. */
function renamed(graph, name) {
  const parts = [];
  for (const { number, from, to } of fields(graph)) {
    parts.push(number === GRAPH_NAME ? field(GRAPH_NAME, encoder.encode(name)) : graph.subarray(from, to));
  }
  return field(GRAPH, ...parts);
}

function keyOf(entry) {
  for (const { number, content, to } of fields(entry)) {
    if (number === KEY) return decoder.decode(entry.subarray(content, to));
  }
  return "";
}

/** An ONNX file and the places of its weights, in the order in which the hypernetwork gives them. */
export class NetworkTemplate {
  /** @param {Uint8Array} model  @param {object} facts  of the .json beside it */
  constructor(model, facts) {
    if (facts.format !== FORMAT || facts.version !== 1) {
      throw new Error(`the template is not of format ${FORMAT}, version 1`);
    }
    this.model = model;
    this.places = facts.places;
    this.count = facts.weights;
  }

  /** The weights that the template itself has. */
  get weights() {
    const found = new Float32Array(this.count);
    const view = new DataView(this.model.buffer, this.model.byteOffset);
    let next = 0;
    for (const { offset, count } of this.places) {
      for (let k = 0; k < count; k++) found[next++] = view.getFloat32(offset + 4 * k, true);
    }
    return found;
  }

  /** The file with these weights; its notes are still the template's. */
  fill(weights) {
    if (weights.length !== this.count) {
      throw new Error(`${weights.length} weights were given; the network has ${this.count}`);
    }
    const filled = this.model.slice();
    const view = new DataView(filled.buffer);
    let next = 0;
    for (const { offset, count } of this.places) {
      for (let k = 0; k < count; k++) view.setFloat32(offset + 4 * k, weights[next++], true);
    }
    return filled;
  }

  /**
   * The file with these weights and notes.
   * @param {{name: string, sha256: string, styleSize: number, mix?: string}} notes
   */
  write(weights, notes) {
    const own = {
      style_name: notes.name,
      style_sha256: notes.sha256,
      style_size: String(notes.styleSize),
    };
    const filled = this.fill(weights);
    const parts = [];
    for (const { number, from, content, to } of fields(filled)) {
      const inner = filled.subarray(content, to);
      const key = number === METADATA ? keyOf(inner).slice(PREFIX.length) : "";
      if (number === GRAPH) parts.push(renamed(inner, notes.name || "tinystyle"));
      else if (key in own) parts.push(note(key, own[key]));
      else parts.push(filled.subarray(from, to));
      if (key === "style_size" && notes.mix) parts.push(note("mix", notes.mix));
    }
    return join(parts);
  }
}

/** Two networks' weights as one: `share` 0..1 of the second. Sums are single precision. */
export function mixed(first, second, share) {
  const one = Math.fround(share);
  const other = Math.fround(1 - share);
  const sum = new Float32Array(first.length);
  for (let k = 0; k < sum.length; k++) {
    sum[k] = Math.fround(second[k] * one) + Math.fround(first[k] * other);
  }
  return sum;
}

/** Where a weight is no number, by a damaged file or a picture beyond all bounds. */
export const allFinite = (weights) => weights.every(Number.isFinite);
