// A row of thumbnails of which one is chosen.

/**
 * @param {HTMLElement} element
 * @param {{name: string, title: string, thumbnail: string}[]} entries
 * @param {(entry: object) => void} onChoice
 */
export class Shelf {
  #buttons = new Map();

  constructor(element, entries, onChoice) {
    for (const entry of entries) {
      const button = document.createElement("button");
      button.type = "button";
      button.title = entry.title;
      button.setAttribute("aria-pressed", "false");
      const image = new Image(160, 160);
      image.src = entry.thumbnail;
      image.alt = entry.title;
      image.decoding = "async";
      button.append(image);
      button.addEventListener("click", () => onChoice(entry));
      this.#buttons.set(entry.name, button);
      element.append(button);
    }
  }

  /** Mark the chosen one; a name that is not here marks none. */
  mark(name) {
    for (const [own, button] of this.#buttons) {
      button.setAttribute("aria-pressed", String(own === name));
    }
  }
}
