// Where a client is in a stream: the number up to which it has everything, and the stream's life that the number belongs to. The
// rules of the protocol, section 4 ("a client's `since` is the highest of …"). Pure.

export class Cursor {
  /** @type {number | null} */
  seq = null
  /** @type {string | null} */
  epoch = null

  /** What to ask for; null: nothing of the past is known, so nothing can be asked for. */
  ask() {
    if (this.seq === null) return null
    return this.epoch === null ? { since: this.seq } : { since: this.seq, epoch: this.epoch }
  }

  /**
   * The stream's number in a greeting counts for who asked for nothing. Who asked gets what was missed, or hears that it is gone;
   * until then the number and the life it belongs to stay.
   * @param {number | null} seq
   * @param {string | null} epoch
   * @param {boolean} asked
   */
  greet(seq, epoch, asked) {
    if (asked) return
    this.seq = seq
    this.epoch = epoch
  }

  /**
   * Whether this event is new.
   * @param {number} seq
   */
  take(seq) {
    if (this.seq !== null && seq <= this.seq) return false
    this.seq = seq
    return true
  }

  /**
   * The end of a whole replay.
   * @param {number} to
   * @param {string | null} epoch
   */
  replayed(to, epoch) {
    this.#advance(to)
    // A `since` without an epoch meant the present one.
    this.epoch = epoch ?? this.epoch
  }

  /**
   * Everything up to this number has been sent, what the user may not see left out.
   * @param {unknown} seq
   */
  reached(seq) {
    if (typeof seq === 'number') this.#advance(seq)
  }

  /**
   * The state was loaded anew.
   * @param {number | null} seq
   * @param {string | null} epoch
   */
  reset(seq, epoch) {
    this.seq = seq
    this.epoch = epoch
  }

  /** @param {number} seq */
  #advance(seq) {
    if (this.seq === null || seq > this.seq) this.seq = seq
  }
}
