// A row of thumbnails of which one is chosen.

const SIDE = 160;

export class Shelf {
  #element;
  #onChoice;
  #buttons = new Map();

  /**
   * @param {HTMLElement} element
   * @param {(entry: object) => void} onChoice
   */
  constructor(element, onChoice) {
    this.#element = element;
    this.#onChoice = onChoice;
  }

  /**
   * Put these there, in place of others. One without a thumbnail gets it by `paint`.
   * @param {{name: string, title: string, thumbnail?: string}[]} entries
   */
  fill(entries) {
    this.#buttons.clear();
    this.#element.replaceChildren(...entries.map((entry) => this.#button(entry)));
  }

  #button(entry) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = entry.title;
    button.setAttribute("aria-label", entry.title);
    button.setAttribute("aria-pressed", "false");
    if (entry.thumbnail) {
      const image = new Image(SIDE, SIDE);
      image.src = entry.thumbnail;
      image.alt = "";
      image.decoding = "async";
      button.append(image);
    }
    button.addEventListener("click", () => this.#onChoice(entry));
    this.#buttons.set(entry.name, button);
    return button;
  }

  has = (name) => this.#buttons.has(name);

  /** Show a thumbnail that was painted just now. Its address. */
  async paint(name, bitmap) {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("bitmaprenderer").transferFromImageBitmap(bitmap);
    const image = new Image(SIDE, SIDE);
    image.src = URL.createObjectURL(await canvas.convertToBlob());
    image.alt = "";
    this.#buttons.get(name)?.replaceChildren(image);
    return image.src;
  }

  /** Mark the chosen one; a name that is not here marks none. */
  mark(name) {
    for (const [own, button] of this.#buttons) {
      button.setAttribute("aria-pressed", String(own === name));
    }
  }
}
