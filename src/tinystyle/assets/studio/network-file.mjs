// Network files that a visitor opens: what export-net wrote, and nothing else, is run.

import { Refusal, textOf, withoutEnding } from "./picture-file.mjs";
import { GRAPH, KEY, METADATA, NODE, OPERATION, PREFIX, VALUE, fields, stringOf } from "./style-network.mjs";

const MAX_BYTES = 64 * 2 ** 20;
const FUNCTIONS = 25;
const NESTED = new Set(["If", "Loop", "Scan"]);
const KINDS = { uint8: "NHWC", float32: "NCHW" };

/** Notes of a file of ours by key, without prefix. Raises what no protobuf message raises. */
export function notesIn(bytes) {
  const notes = {};
  for (const { number, content, to } of fields(bytes)) {
    const part = bytes.subarray(content, to);
    // A loop could keep the page's worker for ever; ours have none.
    if (number === FUNCTIONS) throw new RangeError("functions");
    if (number === GRAPH) {
      for (const node of fields(part)) {
        const held = part.subarray(node.content, node.to);
        if (node.number === NODE && NESTED.has(stringOf(held, OPERATION))) throw new RangeError("nested");
      }
    }
    const key = number === METADATA ? stringOf(part, KEY) : "";
    if (key.startsWith(PREFIX)) notes[key.slice(PREFIX.length)] = stringOf(part, VALUE);
  }
  return notes;
}

function regionsOf({ mask, spec, region_names: named, mask_colors: coloured }) {
  if (!mask) return [];
  const { regions: count } = JSON.parse(spec);
  const names = (named ?? coloured ?? "").split(" ").filter(Boolean);
  return Array.from({ length: count }, (_, place) => names[place] ?? `${place + 1}`);
}

/**
 * What a file is: its bytes, its artwork's name, and the names of its regions, in the order of
 * their labels, and their colours where its mask was of colours. Raises a Refusal for all that export-net
 * did not write for pictures of any size.
 * @param {Blob} file  @param {string} label  shown where it is refused
 */
export async function openNetworkFile(file, label) {
  if (file.size > MAX_BYTES) throw new Refusal(`${label} has ${Math.round(file.size / 1e6)} MB; networks have few.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const kind = textOf(bytes.subarray(0, 1024));
  if (kind) throw new Refusal(`${label} is ${kind === "SVG" ? "an" : "a"} ${kind}, not a network.`);
  let notes;
  let regions;
  try {
    notes = notesIn(bytes);
    regions = regionsOf(notes);
  } catch {
    throw new Refusal(`${label} is no network of export-net, or it is damaged.`);
  }
  if (notes.kind !== "network") throw new Refusal(`${label} is no network that export-net made.`);
  if (KINDS[notes.input_type] !== notes.input_layout || notes.color !== "RGB") {
    throw new Refusal(`${label} was made for another place; export-net --for web makes files for browsers.`);
  }
  if (notes.norm === "input") {
    throw new Refusal(`${label} wants an app to give it statistics; export it without --norm input.`);
  }
  const colours = (notes.mask_colors ?? "").split(" ").filter(Boolean);
  return { bytes, name: notes.style_name || withoutEnding(label), regions, colours };
}

/** Raises a Refusal for a session of a file that takes pictures of one size alone. */
export function requireAnySize(session, label) {
  const { shape } = session.inputMetadata.find(({ name }) => name === "image") ?? { shape: [] };
  const sides = shape.filter((side) => typeof side === "number" && side !== 3 && side !== 1);
  if (shape.length !== 4 || sides.length > 0) {
    throw new Refusal(`${label} takes pictures of ${sides.join(" × ") || "another kind"} alone; export it without --size.`);
  }
}
