// A network's file of its weights: written into a template of the graph, as the Android app does it,
// and its notes into the file's metadata. The bytes are those that export-net --for android writes.

const FORMAT = "tinystyle-template";
export const GRAPH = 7;
export const NODE = 1;
export const OPERATION = 4;
const INPUT = 1;
const GRAPH_NAME = 2;
const INITIALIZER = 5;
const TENSOR_NAME = 8;
const TENSOR_BYTES = 9;
export const METADATA = 14;
export const KEY = 1;
export const VALUE = 2;
const BYTES = 2;
export const PREFIX = "tinystyle.";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Fields of a protobuf message: number, where it begins and ends, and where its content begins.
 * Raises RangeError where bytes are none.
 */
export function* fields(bytes, start = 0, end = bytes.length) {
  let at = start;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      if (at >= end) throw new RangeError("the message ends too early");
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
    } else if (kind === 1 || kind === 5) at += kind === 1 ? 8 : 4;
    else throw new RangeError(`fields have no kind ${kind}`);
    if (at > end) throw new RangeError("a field ends too late");
    yield { number: tag >>> 3, from, content, to: at };
  }
}

/** A field of bytes: tag, length, content. */
export function field(number, ...parts) {
  let length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = [(number << 3) | BYTES];
  for (; length > 127; length = Math.floor(length / 128)) head.push((length & 127) | 128);
  head.push(length);
  return join([Uint8Array.from(head), ...parts]);
}

export function join(parts) {
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

/** The text in the first field of a number; empty where there is none. */
export const stringOf = (message, wanted) => {
  for (const { number, content, to } of fields(message)) {
    if (number === wanted) return decoder.decode(message.subarray(content, to));
  }
  return "";
};

/** A message in which `change(number, content)` gives some fields anew; null leaves one as it is. */
export function changed(message, change) {
  const parts = [];
  for (const { number, from, content, to } of fields(message)) {
    const given = change(number, message.subarray(content, to));
    parts.push(given ?? message.subarray(from, to));
  }
  return join(parts);
}

const replacing = (number, old, text) => (found, content) =>
  found === number && decoder.decode(content) === old ? field(number, encoder.encode(text)) : null;

/**
 * The graph with another name, and with another constant in place of the `mark`. A constant has its
 * value as name, and stands there once.
 */
function regraphed(graph, name, mark, strength) {
  const constant = String(strength);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, strength ?? 0, true);
  return changed(graph, (number, content) => {
    if (number === GRAPH_NAME) return field(GRAPH_NAME, encoder.encode(name));
    if (mark === null) return null;
    if (number === NODE) return field(NODE, changed(content, replacing(INPUT, mark, constant)));
    if (number !== INITIALIZER) return null;
    const own = stringOf(content, TENSOR_NAME);
    if (own === constant) return new Uint8Array(0);
    if (own !== mark) return null;
    const renamed = changed(content, replacing(TENSOR_NAME, mark, constant));
    return field(INITIALIZER, changed(renamed, (each) => (each === TENSOR_BYTES ? field(each, bytes) : null)));
  });
}

/** A number as Python writes one that is no whole number by its kind. */
const asFloat = (number) => (Number.isInteger(number) ? `${number}.0` : String(number));

/** An ONNX file and the places of its weights, in the order in which the hypernetwork gives them. */
export class NetworkTemplate {
  /**
   * @param {Uint8Array} model  @param {object} facts  of the .json beside it
   * @param {number} [mark]  strength of the network in the file, where it has one
   */
  constructor(model, facts, mark) {
    if (facts.format !== FORMAT || facts.version !== 1) {
      throw new Error(`the template is not of format ${FORMAT}, version 1`);
    }
    this.model = model;
    this.places = facts.places;
    this.count = facts.weights;
    this.mark = mark === undefined ? null : String(mark);
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
   * The file with these weights and notes, and of this strength where the template has one.
   * @param {{name: string, sha256: string, styleSize: number, mix?: string}} notes
   * @param {number} [strength]
   */
  write(weights, notes, strength) {
    const own = {
      style_name: notes.name,
      style_sha256: notes.sha256,
      style_size: String(notes.styleSize),
      strength: String(strength),
    };
    return changed(this.fill(weights), (number, content) => {
      if (number === GRAPH) {
        return field(GRAPH, regraphed(content, notes.name || "tinystyle", this.mark, strength));
      }
      if (number !== METADATA) return null;
      const key = stringOf(content, KEY).slice(PREFIX.length);
      if (key === "spec" && this.mark) {
        const blend = `"blend":${asFloat(strength)}`;
        return note(key, stringOf(content, VALUE).replace(`"blend":${this.mark}`, blend));
      }
      if (!(key in own)) return null;
      const mixed = key === "style_size" && notes.mix ? [note("mix", notes.mix)] : [];
      return join([note(key, own[key]), ...mixed]);
    });
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
