// The page: what is chosen, and what follows from it.

import { Camera } from "./camera.mjs";
import { install, keepOffline } from "./installation.mjs";
import { takeIn } from "./intake.mjs";
import { Painter } from "./painter.mjs";
import { openPicture } from "./picture-file.mjs";
import { Shelf } from "./shelf.mjs";
import { Stage, fitted } from "./stage.mjs";
import { attempt, showFacts, showProgress, tell } from "./status-line.mjs";

const SIZES = [512, 768, 1024, 1536, 2048];
const CAMERA_SIDE = 320;
const PREVIEW_SIDE = 320;
const PREVIEW_MS = 600;
const $ = (id) => document.querySelector(`#${id}`);

const painter = new Painter(showProgress);
const stage = new Stage();
const camera = new Camera();
const chosen = { slot: "first", first: null, second: null, photograph: null };
const shelves = {};
let index = null;
let painting = null;
let wanted = false;
let backend = "";
let pace = Infinity; // milliseconds of the last whole picture

// ---- what is painted

const mixShare = () => Number($("mix").value) / 100;

/** What the worker needs to know of the chosen artworks; a share of nothing or all is one network. */
function recipe() {
  const share = mixShare();
  if (!chosen.second || share === 0) return { first: chosen.first.key };
  if (share === 1) return { first: chosen.second.key };
  return { first: chosen.first.key, second: chosen.second.key, share };
}

async function paintOnce(bitmap, longest) {
  const [width, height] = fitted(bitmap.width, bitmap.height, longest);
  const copy = await createImageBitmap(bitmap);
  const painted = await painter.paint(recipe(), copy, width, height);
  stage.lay(painted, bitmap);
  document.documentElement.dataset.painted ??= String(Math.round(performance.now()));
  await showFacts(painted.ms, backend, await painter.received());
  return painted.ms;
}

/** A picture that takes long is shown small first. */
async function paintWhole(bitmap, longest) {
  const large = Math.max(...fitted(bitmap.width, bitmap.height, longest)) > 1.4 * PREVIEW_SIDE;
  if (large && pace > PREVIEW_MS) await paintOnce(bitmap, PREVIEW_SIDE);
  if (!wanted) pace = await paintOnce(bitmap, longest);
}

/** Paint what is chosen now. While one picture is painted, wishes are not queued: the last counts. */
function repaint() {
  wanted = true;
  if (camera.running || !chosen.first || !chosen.photograph) return painting ?? Promise.resolve();
  painting ??= (async () => {
    while (wanted && !camera.running) {
      wanted = false;
      const longest = SIZES[Number($("size").value)];
      await attempt(() => paintWhole(chosen.photograph.bitmap, longest));
    }
    painting = null;
    $("save-picture").disabled = $("save-network").disabled = false;
  })();
  return painting;
}

async function runCamera() {
  while (camera.running) {
    const frame = await camera.frame();
    if (!frame) break;
    await attempt(() => paintOnce(frame, CAMERA_SIDE));
    frame.close();
  }
}

// ---- artworks

/** Make the network of an artwork and put it into the chosen slot. */
async function chooseArtwork(artwork) {
  const slot = chosen.slot;
  const styleSize = Number($("strokes").value);
  const key = `${artwork.name}@${styleSize}`;
  const made = await attempt(async () => {
    if (artwork.weights && styleSize === artwork.style_size) await painter.bundled({ ...artwork, key });
    else {
      const file = artwork.file ?? (await (await fetch(artwork.artwork)).blob());
      await painter.generate({ key, file, name: artwork.name, styleSize });
    }
    return true;
  });
  if (!made) return;
  chosen[slot] = { ...artwork, key };
  showSlots();
  tell(chosen.second ? "" : `A network of 0.4 MB that paints like ${artwork.title}.`);
  await repaint();
}

function showSlots() {
  for (const slot of ["first", "second"]) {
    const button = $(`slot-${slot}`);
    const [image, text] = button.children;
    button.setAttribute("aria-checked", String(chosen.slot === slot));
    if (!chosen[slot]) continue;
    image.src = chosen[slot].thumbnail;
    image.hidden = false;
    text.textContent = chosen[slot].title;
  }
  shelves.styles.mark(chosen[chosen.slot]?.name);
  $("mix").disabled = !chosen.second;
  showOutputs();
}

/** An artwork of the visitor's: its file, and its name without ending. */
function ownArtwork(file) {
  const name = file.name.replace(/\.[^.]*$/, "") || "artwork";
  return { name, title: name, file, thumbnail: URL.createObjectURL(file) };
}

// ---- photographs

async function choosePhotograph(load, name) {
  const opened = await attempt(load);
  if (!opened) return;
  if (camera.running) toggleCamera();
  chosen.photograph?.bitmap.close();
  chosen.photograph = { bitmap: opened, name };
  shelves.photographs.mark(name);
  stage.show(opened, SIZES[Number($("size").value)]);
  tell("");
  await repaint();
}

const bundledPhotograph = ({ file, name }) =>
  choosePhotograph(async () => createImageBitmap(await (await fetch(file)).blob()), name);

const ownPhotograph = (file) =>
  choosePhotograph(async () => (await openPicture(file, file.name)).bitmap, file.name);

async function toggleCamera() {
  if (camera.running) camera.stop();
  else if (chosen.first) await attempt(() => camera.start());
  $("camera").setAttribute("aria-pressed", String(camera.running));
  if (camera.running) await runCamera();
  else await repaint();
}

// ---- what is saved

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function saveNetwork() {
  const { bytes, name } = await painter.network(recipe());
  download(new Blob([bytes], { type: "application/octet-stream" }), `${name}.onnx`);
  tell(`${name}.onnx: ${bytes.length.toLocaleString("en")} bytes, as export-net writes it.`);
}

const pictureName = () => `${(chosen.photograph?.name ?? "picture").replace(/\.[^.]*$/, "")}-painted.png`;

async function savePicture() {
  await painting; // not the small one that is shown first
  download(await stage.save(), pictureName());
}

async function share() {
  await painting;
  const file = new File([await stage.save()], pictureName(), { type: "image/png" });
  try {
    await navigator.share({ files: [file], title: "Painted with tinystyle" });
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

// ---- the controls

function showOutputs() {
  stage.strength = Number($("strength").value) / 100;
  $("strength").nextElementSibling.value = $("strength").value;
  $("strokes").nextElementSibling.value = $("strokes").value;
  $("size").nextElementSibling.value = SIZES[Number($("size").value)];
  $("mix").nextElementSibling.value = chosen.second ? `${$("mix").value} %` : "–";
}

function connect() {
  for (const id of ["strength", "strokes", "size", "mix"]) $(id).addEventListener("input", showOutputs);
  for (const id of ["size", "mix"]) $(id).addEventListener("input", repaint);
  $("strokes").addEventListener("change", () => chooseArtwork(chosen[chosen.slot] ?? chosen.first));
  for (const slot of ["first", "second"]) {
    $(`slot-${slot}`).addEventListener("click", () => {
      chosen.slot = slot;
      showSlots();
      if (!chosen.second && slot === "second") tell("Choose a second artwork to mix with the first.");
    });
  }
  $("camera").addEventListener("click", toggleCamera);
  $("save-picture").addEventListener("click", () => attempt(savePicture));
  $("save-network").addEventListener("click", () => attempt(saveNetwork));
  $("share").addEventListener("click", () => attempt(share));
  $("share").hidden = !navigator.canShare?.({ files: [new File([], "a.png", { type: "image/png" })] });
  takeIn((target, file) => {
    if (target === "artwork") chooseArtwork(ownArtwork(file));
    else ownPhotograph(file);
  });
}

async function start() {
  index = await (await fetch("site.json")).json();
  const [style] = index.styles;
  const [photograph] = index.photographs;
  shelves.styles = new Shelf($("styles"), index.styles, chooseArtwork);
  shelves.photographs = new Shelf($("photographs"), index.photographs, bundledPhotograph);
  connect();
  const started = painter.start(index);
  await bundledPhotograph(photograph);
  const { threads } = await started;
  backend = `WebAssembly, ${threads} ${threads === 1 ? "thread" : "threads"}`;
  chosen.first = { ...style, key: `${style.name}@${style.style_size}` };
  showSlots();
  await repaint();
  // The rest while the visitor looks, but not at the cost of somebody who counts bytes.
  if (!navigator.connection?.saveData) await painter.prepare();
  if (crossOriginIsolated) await install(); // not before: its share of the first load is only delay
  if (await keepOffline()) document.documentElement.dataset.offline = "yes";
}

if (!crossOriginIsolated) install();
attempt(start);
