// Parts of a network whose statistics are an input: what is needed to measure one norm after another.
// The first norm's need a sixth of the network; who computes all of it each time computes it seven times.

import { GRAPH, NODE, OPERATION, changed, field, fields, join, stringOf } from "./style-network.mjs";

const MEASURED = "measured";
const NODE_INPUT = 1;
const NODE_OUTPUT = 2;
const GRAPH_OUTPUT = 12;
const NOTHING = new Uint8Array(0);
const FLOATS = Uint8Array.from([0x0a, 2, 0x08, 1]); // a TypeProto: a tensor of float32

const decoder = new TextDecoder();
const encoder = new TextEncoder();

function nodesOf(graph) {
  const nodes = [];
  for (const { number, content, to } of fields(graph)) {
    if (number !== NODE) continue;
    const message = graph.subarray(content, to);
    const names = { [NODE_INPUT]: [], [NODE_OUTPUT]: [] };
    for (const each of fields(message)) {
      names[each.number]?.push(decoder.decode(message.subarray(each.content, each.to)));
    }
    const [inputs, outputs] = [names[NODE_INPUT], names[NODE_OUTPUT]];
    nodes.push({ inputs, outputs, operation: stringOf(message, OPERATION) });
  }
  return nodes;
}

/** Nodes that tensors are made of, by number. */
function reached(nodes, outputs) {
  const makers = new Map(nodes.flatMap(({ outputs: names }, place) => names.map((name) => [name, place])));
  const inside = new Set();
  const open = [...outputs];
  while (open.length > 0) {
    const place = makers.get(open.pop());
    if (place === undefined || inside.has(place)) continue;
    inside.add(place);
    open.push(...nodes[place].inputs);
  }
  return inside;
}

/** A graph of these nodes alone, whose outputs are tensors of float32. */
function reduced(graph, kept, outputs) {
  let place = 0;
  const rest = changed(graph, (number) => {
    if (number === GRAPH_OUTPUT) return NOTHING;
    return number === NODE && !kept.has(place++) ? NOTHING : null;
  });
  const infos = outputs.map((name) => field(GRAPH_OUTPUT, field(1, encoder.encode(name)), field(2, FLOATS)));
  return join([rest, ...infos]);
}

/**
 * For each norm in turn the model that measures it: names of mean, variance and number of places, each
 * (1, C, 1, 1), and how many of the whole network's convolutions it has.
 * @param {Uint8Array} model  of export-net --norm input
 * @returns {{model: Uint8Array, outputs: string[], convolutions: number}[]}
 */
export function measuringParts(model) {
  let parts = [];
  changed(model, (number, graph) => {
    if (number !== GRAPH) return null;
    const nodes = nodesOf(graph);
    const maker = (name) => nodes.find(({ outputs }) => outputs.includes(name));
    // Rows of means, variances and places are put together of all norms, then to one output.
    const [all] = maker(MEASURED).inputs;
    const rows = maker(all).inputs.map((name) => maker(name).inputs);
    parts = rows[0].map((_, norm) => {
      const outputs = rows.map((names) => names[norm]);
      const kept = reached(nodes, outputs);
      const part = changed(model, (each) => (each === GRAPH ? field(GRAPH, reduced(graph, kept, outputs)) : null));
      return { model: part, outputs, convolutions: convolutionsOf([...kept].map((place) => nodes[place])) };
    });
    return null;
  });
  return parts;
}

const convolutionsOf = (nodes) => nodes.filter(({ operation }) => operation === "Conv").length;
