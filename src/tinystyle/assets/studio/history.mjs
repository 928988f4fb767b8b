// What was chosen before, for "undo".

const MOST = 60;

const same = (one, other) => Object.keys(one).every((key) => one[key] === other[key]);

export class History {
  #past = [];
  #present = null;
  #reason = null;

  get empty() {
    return this.#past.length === 0;
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
    this.#present = state;
    this.#reason = reason;
  }

  settle() {
    this.#reason = null;
  }

  /** What was chosen before; null where that is the beginning. */
  back() {
    if (this.empty) return null;
    this.#reason = null;
    this.#present = this.#past.pop();
    return this.#present;
  }
}
