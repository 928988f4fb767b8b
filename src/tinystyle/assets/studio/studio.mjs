// The page: what is chosen, and what follows from it.

import { ordered, ownArtwork, ownNetwork, wordOf } from "./artwork-order.mjs";
import { Camera } from "./camera.mjs";
import { fullSize } from "./full-size.mjs";
import { install, keepOffline } from "./installation.mjs";
import { takeIn } from "./intake.mjs";
import { painter } from "./painter.mjs";
import { allowSaving, offerFiles } from "./saving.mjs";
import { RegionBrush } from "./region-brush.mjs";
import { Shelf } from "./shelf.mjs";
import { siteFile } from "./site-file.mjs";
import { ORIGINAL, SIZES, fitted, paintedSides, placeFor } from "./sizes.mjs";
import { Stage } from "./stage.mjs";
import { Steps } from "./steps.mjs";
import { attempt, quietly, showFacts, showProgress, showRate, tell } from "./status-line.mjs";
import { SurpriseGrid } from "./surprise-grid.mjs";

const PREVIEW_SIDE = 320;
const PREVIEW_MS = 600;
const SLIDERS = ["mix", "strokes", "strength", "size"];
const $ = (id) => document.querySelector(`#${id}`);
const valueOf = (id) => Number($(id).value);

const stage = new Stage();
const camera = new Camera();
const steps = new Steps(restore);
const brush = new RegionBrush(repaint);
const chosen = { slot: "first", first: null, second: null, photograph: null };
const shelves = {
  styles: new Shelf($("styles"), chooseArtwork),
  surprises: new SurpriseGrid(painter, chooseArtwork),
  photographs: new Shelf($("photographs"), ({ file, name }) => choosePhotograph({ url: file, name })),
};
let index = null;
let painting = null;
let taking = null;
let wanted = false;
let pace = Infinity; // milliseconds of the last whole picture

const keepsColours = () => $("colours").getAttribute("aria-pressed") === "true";

// ---- what is painted

/** What the worker needs to know of the chosen artworks; a share of nothing or all is one network. */
function recipe() {
  const share = valueOf("mix") / 100;
  if (!chosen.second || share === 0) return { first: chosen.first.key };
  if (share === 1) return { first: chosen.second.key };
  return { first: chosen.first.key, second: chosen.second.key, share };
}

async function paintOnce([width, height]) {
  const wish = { recipe: recipe(), width, height, colours: keepsColours(), mask: brush.mask };
  const painted = await painter.paint(wish);
  stage.lay(painted);
  document.documentElement.dataset.painted ??= String(Math.round(performance.now()));
  await showFacts(painted);
  return painted.ms;
}

/** A picture that takes long is shown small first. */
async function paintWhole() {
  await taking;
  // The worker keeps a few networks; one that went is made again.
  for (const slot of ["first", "second"]) if (chosen[slot]) await painter.make(chosen[slot].order);
  const { width, height } = chosen.photograph;
  const sides = paintedSides(width, height, valueOf("size"));
  if (Math.max(...sides) > 1.4 * PREVIEW_SIDE && pace > PREVIEW_MS) await paintOnce(fitted(width, height, PREVIEW_SIDE));
  if (!wanted) pace = await paintOnce(sides);
}

/** Paint what is chosen now. While one picture is painted, wishes are not queued: the last counts. */
function repaint() {
  wanted = true;
  if (camera.running || !chosen.first || !chosen.photograph) return painting ?? Promise.resolve();
  painting ??= (async () => {
    while (wanted && !camera.running) {
      wanted = false;
      await attempt(paintWhole);
    }
    painting = null;
    allowSaving();
  })();
  return painting;
}

async function paintFrame(frame, [width, height]) {
  const wish = { recipe: recipe(), frame, width, height, colours: keepsColours(), mask: brush.mask };
  const painted = await painter.paint(wish);
  if (camera.running) stage.lay(painted);
  return painted;
}

async function toggleCamera() {
  if (camera.running) camera.stop();
  else if (chosen.first) await attempt(() => camera.start());
  $("camera").setAttribute("aria-pressed", String(camera.running));
  shelves.photographs.mark(camera.running ? null : chosen.photograph?.source.name);
  if (!camera.running) return repaint();
  await painting;
  await quietly(() => camera.run(paintFrame, showRate));
  if (camera.running) await toggleCamera(); // it failed
}

// ---- artworks

/** Make the network of an artwork and put it into the chosen slot. */
async function chooseArtwork(artwork) {
  const slot = artwork.network ? "first" : chosen.slot;
  const made = await attempt(async () => {
    const found = await ordered(artwork, valueOf("strokes"));
    const { regions } = await painter.make(found.order);
    return { ...found, regions };
  });
  if (!made) return;
  // A network's file is not mixed: its weights may be of another kind.
  if (made.network) Object.assign(chosen, { slot: "first", second: null });
  if (chosen[slot]?.key !== made.key) chosen[slot] = made;
  showSlots();
  note();
  tell(wordOf(made, Boolean(chosen.second)));
  await repaint();
}

function showSlots() {
  for (const slot of ["first", "second"]) {
    const button = $(`slot-${slot}`);
    const [image, text] = button.children;
    const artwork = chosen[slot];
    button.setAttribute("aria-checked", String(chosen.slot === slot));
    if (artwork?.thumbnail) image.src = artwork.thumbnail;
    image.hidden = !artwork?.thumbnail;
    text.textContent = artwork?.title ?? "Mix another";
  }
  const current = chosen[chosen.slot];
  for (const shelf of [shelves.styles, shelves.surprises]) shelf.mark(current?.name);
  $("mix").disabled = !chosen.second;
  $("slot-second").disabled = Boolean(chosen.first?.network);
  $("strokes").disabled = Boolean(current?.shares || current?.network);
  showRegions();
  if (current) $("strokes").value = current.styleSize;
  showOutputs();
}

const showRegions = () => chosen.photograph && brush.offer(chosen.first?.regions ?? [], chosen.photograph);

// ---- photographs

/** @param {{name: string, file?: File, url?: string}} source */
async function choosePhotograph(source, noted = true) {
  const opened = await attempt(async () => {
    const file = source.file ?? (await (await siteFile(source.url)).blob());
    if (source.url) stage.show(await createImageBitmap(file)); // before the worker is there
    taking = painter.take(file, source.name, SIZES[placeFor(stage.longestFor(1))]);
    return taking;
  });
  if (!opened) return;
  const { width, height, shown } = opened;
  chosen.photograph = { source, width, height };
  showRegions();
  showOutputs();
  shelves.photographs.mark(source.name);
  stage.show(shown);
  if (noted) note();
  tell("");
  await (camera.running ? toggleCamera() : repaint());
}

// ---- the controls

function state() {
  const values = Object.fromEntries(SLIDERS.map((id) => [id, $(id).value]));
  const { slot, first, second, photograph } = chosen;
  return { ...values, slot, first, second, source: photograph?.source, colours: keepsColours(), fine: fullSize.chosen };
}

function note(reason = null) {
  if (chosen.first && chosen.photograph) steps.note(state(), reason);
}

/** What was noted is chosen again. */
async function restore(noted) {
  const { source, slot, first, second, colours, fine } = noted;
  for (const id of SLIDERS) $(id).value = noted[id];
  $("colours").setAttribute("aria-pressed", String(colours));
  fullSize.chosen = fine;
  Object.assign(chosen, { slot, first, second });
  showSlots();
  tell("");
  if (source === chosen.photograph.source) await repaint();
  else await choosePhotograph(source, false);
}

function showOutputs() {
  stage.strength = valueOf("strength") / 100;
  $("strength").nextElementSibling.value = $("strength").value;
  $("strokes").nextElementSibling.value = $("strokes").disabled ? "–" : $("strokes").value;
  $("size").nextElementSibling.value = SIZES[valueOf("size")] ?? "Original";
  fullSize.offer(valueOf("size") === ORIGINAL, chosen.photograph, Boolean(chosen.first?.network));
  $("mix").nextElementSibling.value = chosen.second ? `${$("mix").value} %` : "–";
}

async function picture(fine) {
  await painting; // not the small one that is shown first
  const whole = valueOf("size") === ORIGINAL && !camera.running;
  const how = { strength: valueOf("strength") / 100, colours: keepsColours(), whole };
  const blob = await fullSize.save(recipe(), how, fine);
  return { blob, of: camera.running ? "camera" : chosen.photograph.source.name };
}

function connect() {
  for (const id of SLIDERS) {
    $(id).addEventListener("input", showOutputs);
    if (id !== "strokes") $(id).addEventListener("input", () => note(id));
    $(id).addEventListener("change", () => steps.settle());
  }
  for (const id of ["size", "mix"]) $(id).addEventListener("input", repaint);
  $("strokes").addEventListener("change", () => chooseArtwork(chosen[chosen.slot] ?? chosen.first));
  fullSize.connect(() => note());
  for (const slot of ["first", "second"]) {
    $(`slot-${slot}`).addEventListener("click", () => {
      chosen.slot = slot;
      showSlots();
      if (!chosen.second && slot === "second") tell("Choose a second artwork to mix with the first.");
    });
  }
  $("colours").addEventListener("click", () => {
    $("colours").setAttribute("aria-pressed", String(!keepsColours()));
    note();
    repaint();
  });
  $("camera").addEventListener("click", toggleCamera);
  $("surprise").addEventListener("click", () => quietly(() => shelves.surprises.toggle(index.styles.map(({ name }) => name))));
  offerFiles(picture, () => painter.network(recipe(), valueOf("strength") / 100));
  takeIn((target, file) => {
    if (/\.onnx$/i.test(file.name)) chooseArtwork(ownNetwork(file));
    else if (target === "mask") attempt(() => brush.open(file, chosen.first.key));
    else if (target === "artwork") chooseArtwork(ownArtwork(file));
    else choosePhotograph({ file, name: file.name });
  });
}

async function start() {
  index = await (await siteFile("site.json")).json();
  const { styles: [style], photographs: [photograph] } = index;
  shelves.styles.fill(index.styles);
  shelves.photographs.fill(index.photographs);
  $("size").value = placeFor(stage.longestFor(photograph.width / photograph.height));
  showOutputs();
  connect();
  painter.onProgress = showProgress;
  const started = painter.start(index);
  await choosePhotograph({ url: photograph.file, name: photograph.name });
  await started;
  chosen.first = await ordered(style, style.style_size);
  showSlots();
  note();
  await repaint();
  // The rest while the visitor looks, but not at the cost of somebody who counts bytes.
  if (!navigator.connection?.saveData) await painter.prepare();
  await quietly(() => painter.accelerateAsAsked());
  if (crossOriginIsolated) await install(); // not before: its share of the first load is only delay
  if (await keepOffline()) document.documentElement.dataset.offline = "yes";
}

if (!crossOriginIsolated) install();
attempt(start);
