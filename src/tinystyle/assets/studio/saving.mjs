// Files that the page gives to its visitor.

import { fullSize } from "./full-size.mjs";
import { withoutEnding } from "./picture-file.mjs";
import { attempt, tell } from "./status-line.mjs";

const KEPT_MS = 10_000;
const ENDINGS = { "image/jpeg": "jpg", "image/png": "png" };
const $ = (id) => document.querySelector(`#${id}`);

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}

/**
 * Connect the buttons.
 * @param {(fine: boolean) => Promise<{blob: Blob | null, of: string}>} picture  with fine strokes where they are
 *   chosen; null where it was stopped; and the name of what it is of
 * @param {() => Promise<{bytes: Uint8Array, name: string}>} network
 */
export function offerFiles(picture, network) {
  async function pictureFile(fine) {
    const { blob, of } = await picture(fine);
    if (!blob) return null;
    const name = `${withoutEnding(of)}-painted.${ENDINGS[blob.type]}`;
    return new File([blob], name, { type: blob.type });
  }
  async function savePicture() {
    const file = await pictureFile(true);
    if (!file) return tell("Stopped; nothing was saved.");
    download(file, file.name);
    tell(`${file.name}: ${(file.size / 1e6).toFixed(1)} MB.`);
  }
  async function saveNetwork() {
    const { bytes, name } = await network();
    download(new Blob([bytes], { type: "application/octet-stream" }), `${name}.onnx`);
    tell(`${name}.onnx: ${bytes.length.toLocaleString("en")} bytes, as export-net writes it.`);
  }
  async function share() {
    try {
      // As it is seen: a browser forgets within seconds that it was asked to share.
      await navigator.share({ files: [await pictureFile(false)], title: "Painted with tinystyle" });
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }
  $("save-picture").addEventListener("click", () => (fullSize.running ? fullSize.stop() : attempt(savePicture)));
  $("save-network").addEventListener("click", () => attempt(saveNetwork));
  $("share").addEventListener("click", () => attempt(share));
  $("share").hidden = !navigator.canShare?.({ files: [new File([], "a.png", { type: "image/png" })] });
}

export function allowSaving() {
  for (const id of ["save-picture", "save-network", "share"]) $(id).disabled = false;
}
