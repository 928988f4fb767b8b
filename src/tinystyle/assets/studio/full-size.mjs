// The choice of strokes for a photograph that is larger than what is painted at once: those that are
// seen, carried to its size, or strokes as fine as the network paints them, of the original in tiles.

import { painter } from "./painter.mjs";
import { tell } from "./status-line.mjs";
import { MOST_PAINTED } from "./sizes.mjs";

const TOLD_MS = 1000;
const HINTS = {
  seen: "Strokes as seen, carried to the original’s size.",
  fine: "Saving paints the original itself, which takes longer.",
  own: "Not with a file of a network: strokes are saved as seen.",
};
const $ = (id) => document.querySelector(`#${id}`);

/** Seconds in words, none finer than they can be known. */
export function timeOf(seconds) {
  if (seconds >= 90) return `${Math.round(seconds / 60)} minutes`;
  return `${Math.max(5, 5 * Math.round(seconds / 5))} seconds`;
}

class FullSize {
  #offered = false;
  #own = false;
  #running = false;

  /** Whether fine strokes are chosen, be they offered at the moment or not. */
  get chosen() {
    return $("fine").getAttribute("aria-pressed") === "true";
  }

  set chosen(value) {
    $("fine").setAttribute("aria-pressed", String(value));
    this.#show();
  }

  /** @param {() => void} onChange  when the visitor has chosen */
  connect(onChange) {
    $("fine").addEventListener("click", () => {
      this.chosen = !this.chosen;
      onChange();
    });
  }

  /**
   * Show the choice where it makes a difference.
   * @param {boolean} original  the photograph's own size is chosen
   * @param {{width: number, height: number} | null} photograph
   * @param {boolean} own  the network is a file that was opened
   */
  offer(original, photograph, own) {
    this.#offered = original && photograph !== null && photograph.width * photograph.height > MOST_PAINTED;
    this.#own = own;
    this.#show();
  }

  #show() {
    $("fine-row").hidden = !this.#offered;
    $("fine").disabled = this.#own;
    $("fine-hint").textContent = HINTS[this.#own ? "own" : this.chosen ? "fine" : "seen"];
  }

  get running() {
    return this.#running;
  }

  stop() {
    painter.stopOriginal();
  }

  /**
   * The picture as a file; null where it was stopped. `whole` is in the photograph's size.
   * @param {object} recipe
   * @param {{strength: number, colours: boolean, whole: boolean}} options
   * @param {boolean} fine  with fine strokes, where they are chosen
   * @returns {Promise<Blob | null>}
   */
  async save(recipe, options, fine) {
    const tiled = fine && options.whole && this.#offered && this.chosen && !this.#own;
    const kind = options.whole ? {} : { type: "image/png" };
    const { blob } = await (tiled ? this.#paint(recipe, options) : painter.save({ ...options, ...kind }));
    return blob;
  }

  /** In tiles. Meanwhile the button that saves stops it. */
  async #paint(recipe, options) {
    const button = $("save-picture");
    const name = button.textContent;
    const side = Number(new URLSearchParams(location.search).get("tile")) || undefined;
    this.#running = true;
    button.textContent = "Stop";
    painter.onShare = this.#teller();
    try {
      return await painter.saveOriginal({ recipe, side, ...options });
    } finally {
      this.#running = false;
      button.textContent = name;
    }
  }

  #teller() {
    const began = performance.now();
    let last = -Infinity;
    return (share) => {
      const percent = `${Math.floor(100 * share)}`;
      $("working").setAttribute("aria-valuenow", percent);
      $("working").style.setProperty("--done", `${percent}%`);
      const now = performance.now();
      if (now - last < TOLD_MS) return;
      last = now;
      const left = ((now - began) * (1 - share)) / share / 1000;
      tell(`Painting the original: ${percent} %, about ${timeOf(left)} left.`);
    };
  }
}

/** The one that there is. */
export const fullSize = new FullSize();
