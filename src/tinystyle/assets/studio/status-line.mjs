// What the page tells of itself: a sentence, a bar, and figures.

import { received, receivedByServiceWorker } from "./installation.mjs";
import { painter } from "./painter.mjs";
import { Refusal } from "./picture-file.mjs";

const LOADING = "Loading the hypernetwork";
const $ = (id) => document.querySelector(`#${id}`);

export function tell(text, refused = false) {
  $("message").textContent = text;
  $("message").classList.toggle("refused", refused);
}

/** Run what may be refused; a refusal becomes a sentence, and what was there stays. */
export async function quietly(action) {
  try {
    return await action();
  } catch (error) {
    tell(error instanceof Refusal ? error.message : `Something went wrong: ${error.message}.`, true);
    return null;
  }
}

let attempts = 0;

/** The same, with a bar that moves until the last of those that overlap is done. */
export async function attempt(action) {
  try {
    attempts += 1;
    $("working").hidden = false;
    return await quietly(action);
  } finally {
    attempts -= 1;
    $("working").hidden = attempts === 0;
    if (attempts === 0) $("working").removeAttribute("aria-valuenow");
  }
}

export function showProgress({ loaded, total }) {
  const percent = Math.round((100 * loaded) / total);
  $("working").setAttribute("aria-valuenow", String(percent));
  $("working").style.setProperty("--done", `${percent}%`);
  if (!$("working").hidden && percent < 100) {
    tell(`${LOADING}, once: ${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`);
  } else if ($("message").textContent.startsWith(LOADING)) tell("");
}

/** Frames a second, in words. */
const rateOf = (rate) => `${Math.round(rate)} ${Math.round(rate) === 1 ? "frame" : "frames"} a second`;

/** Bytes over the wire, bodies without headers; milliseconds of the last picture; what computes. */
export async function showFacts({ ms, backend }) {
  const bytes = received() + (await painter.received()) + (await receivedByServiceWorker());
  $("facts").textContent = `${(bytes / 1e6).toFixed(1)} MB loaded · ${Math.round(ms)} ms · ${backend}`;
}

/** The same of a camera's frame, and frames a second. */
export const showRate = ({ ms, backend }, rate) => showFacts({ ms, backend: `${rateOf(rate)} · ${backend}` });
