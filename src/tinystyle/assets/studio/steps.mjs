// Undo and redo: buttons, keys, and what was chosen before.

import { History } from "./history.mjs";

const $ = (id) => document.querySelector(`#${id}`);

export class Steps {
  #history = new History();
  #onState;

  /** @param {(state: object) => void} onState  gets what is to be chosen again */
  constructor(onState) {
    this.#onState = onState;
    const undo = () => this.#go(this.#history.back());
    const redo = () => this.#go(this.#history.forward());
    $("undo").addEventListener("click", undo);
    $("redo").addEventListener("click", redo);
    window.addEventListener("keydown", (event) => {
      const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
      if (!(ctrlKey || metaKey) || altKey) return;
      const step = { z: shiftKey ? redo : undo, y: shiftKey ? null : redo }[key.toLowerCase()];
      if (!step) return;
      event.preventDefault();
      step();
    });
  }

  /** As the history notes it. */
  note(state, reason) {
    this.#history.note(state, reason);
    this.#show();
  }

  settle() {
    this.#history.settle();
  }

  #go(state) {
    this.#show();
    if (state) this.#onState(state);
  }

  #show() {
    $("undo").disabled = !this.#history.canGoBack;
    $("redo").disabled = !this.#history.canGoForward;
  }
}
