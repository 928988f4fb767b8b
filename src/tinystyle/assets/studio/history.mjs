// What was chosen before, for "undo" and "redo".

const MOST = 60;

const same = (one, other) => Object.keys(one).every((key) => one[key] === other[key]);

export class History {
  #past = [];
  #future = [];
  #present = null;
  #reason = null;

  get canGoBack() {
    return this.#past.length > 0;
  }

  get canGoForward() {
    return this.#future.length > 0;
  }

  /**
   * Note what is chosen now. Changes for the same reason, as while a slider is moved, are one step
   * until `settle` is called.
   * @param {object} state  of values that are compared by ===
   */
  note(state, reason = null) {
    if (this.#present && same(this.#present, state)) return;
    const goesOn = reason !== null && reason === this.#reason;
    if (this.#present && !goesOn) this.#past.push(this.#present);
    if (this.#past.length > MOST) this.#past.shift();
    this.#future = [];
    this.#present = state;
    this.#reason = reason;
  }

  settle() {
    this.#reason = null;
  }

  /** What was chosen before; null where that is the beginning. */
  back() {
    return this.#go(this.#past, this.#future);
  }

  /** What was chosen before the last step back; null where something else was chosen since. */
  forward() {
    return this.#go(this.#future, this.#past);
  }

  #go(from, to) {
    if (from.length === 0) return null;
    to.push(this.#present);
    this.#reason = null;
    this.#present = from.pop();
    return this.#present;
  }
}
