// What a visitor drops may be anything. A file is looked at before a browser decodes it, and what
// cannot be used is refused in a sentence.

/** Something that the visitor can mend. Its message is a sentence for the page. */
export class Refusal extends Error {}

const MAX_PIXELS = 120e6;
const MAX_BYTES = 512 * 2 ** 20;
const HEAD = 32;

/** A file's name without its ending. */
export const withoutEnding = (name) => name.replace(/\.[^.]*$/, "");

const ascii = (bytes, from, to) => String.fromCharCode(...bytes.subarray(from, to));

/** Kind by the first bytes, whatever the name says. */
export function kindOf(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "JPEG";
  if (ascii(bytes, 0, 8) === "\x89PNG\r\n\x1a\n") return "PNG";
  if (ascii(bytes, 0, 4) === "RIFF" && ascii(bytes, 8, 12) === "WEBP") return "WebP";
  if (/^GIF8[79]a/.test(ascii(bytes, 0, 6))) return "GIF";
  if (ascii(bytes, 0, 2) === "BM") return "BMP";
  if (ascii(bytes, 4, 8) === "ftyp") return /avi[fs]/.test(ascii(bytes, 8, 32)) ? "AVIF" : "HEIC";
  return null;
}

/** Whether bytes that begin with these letters are a text, and which. */
export function textOf(bytes) {
  const text = ascii(bytes, 0, bytes.length).replace(/^[^<]{0,3}/, "").trimStart().toLowerCase();
  if (text.startsWith("<svg") || (text.startsWith("<?xml") && text.includes("<svg"))) return "SVG";
  return /^<(!doctype html|html|head|body|\?xml)/.test(text) ? "web page" : null;
}

/** Width, height and whether the end is there, of a JPEG file: its segments in turn. */
function readJpeg(bytes) {
  let size = null;
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return { size, whole: false };
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) {
      size = [(bytes[at + 7] << 8) | bytes[at + 8], (bytes[at + 5] << 8) | bytes[at + 6]];
    }
    if (marker === 0xda) return { size, whole: endsAfter(bytes, at) };
    at += 2 + ((bytes[at + 2] << 8) | bytes[at + 3]);
  }
  return { size, whole: false };
}

/** Whether an end of image follows the scan; pictures inside of a picture's head have their own. */
function endsAfter(bytes, scan) {
  for (let at = bytes.length - 2; at > scan; at--) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  }
  return false;
}

function readPng(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let whole = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    whole = ascii(bytes, at + 4, at + 8) === "IEND";
    if (whole) break;
    at += 12 + length;
  }
  return { size: bytes.length < 24 ? null : [view.getUint32(16), view.getUint32(20)], whole };
}

function readOther(kind, bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (kind === "GIF") return { size: [view.getUint16(6, true), view.getUint16(8, true)], whole: true };
  if (kind === "BMP" && bytes.length >= 26) {
    return { size: [Math.abs(view.getInt32(18, true)), Math.abs(view.getInt32(22, true))], whole: true };
  }
  return { size: null, whole: true };
}

/** Raises a Refusal where bytes are no picture that can be decoded; `name` is shown. */
export function requirePicture(bytes, name) {
  if (bytes.length === 0) throw new Refusal(`${name} is empty.`);
  const kind = bytes.length < HEAD ? null : kindOf(bytes);
  if (kind === null) {
    const text = textOf(bytes.subarray(0, 1024));
    const what = text ? `is ${text === "SVG" ? "an" : "a"} ${text}, not a photograph` : "is not a picture";
    throw new Refusal(`${name} ${what}. JPEG, PNG, WebP, AVIF and GIF files can be opened.`);
  }
  const readers = { JPEG: readJpeg, PNG: readPng };
  const { size, whole } = (readers[kind] ?? ((all) => readOther(kind, all)))(bytes);
  if (size && size[0] * size[1] > MAX_PIXELS) {
    const megapixels = Math.round((size[0] * size[1]) / 1e6);
    throw new Refusal(`${name} has ${megapixels} megapixels; up to ${MAX_PIXELS / 1e6} can be opened.`);
  }
  if (!whole || (size && size[0] * size[1] === 0)) {
    throw new Refusal(`${name} is damaged: the ${kind} file ends too early.`);
  }
}

/**
 * The pixels of a file, upright and in sRGB.
 * @param {Blob} file  @param {string} name  shown where it is refused
 */
export async function openPicture(file, name) {
  if (file.size > MAX_BYTES) {
    throw new Refusal(`${name} has ${Math.round(file.size / 1e6)} MB; up to 512 can be opened.`);
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  requirePicture(bytes, name);
  try {
    // Colours under alpha stay as they are in the file, as Python reads them.
    const bitmap = await createImageBitmap(new Blob([bytes]), { premultiplyAlpha: "none" });
    return { bitmap, bytes };
  } catch {
    throw new Refusal(`${name} cannot be decoded by this browser.`);
  }
}
