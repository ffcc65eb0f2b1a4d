// A clock for tests of what counts time: it goes on when it is told to, and timers ring in their order.

export class Clock {
  now = 1_700_000_000_000
  #timers = []
  #count = 0

  get environment() {
    return {
      now: () => this.now,
      random: () => 1,
      page: { frames: false, hidden: false },
      timers: {
        setTimeout: (fn, ms) => {
          this.#count += 1
          const timer = { id: this.#count, at: this.now + ms, fn }
          this.#timers.push(timer)
          return timer
        },
        clearTimeout: (timer) => {
          this.#timers = this.#timers.filter((one) => one !== timer)
        },
      },
    }
  }

  /** Time goes on, and what is due on the way rings at its moment. */
  pass(ms) {
    const end = this.now + ms
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.id - b.id)[0]
      if (!next) break
      this.now = Math.max(this.now, next.at)
      this.#ring(next)
    }
    this.now = end
  }

  /** A sleep: the clock has moved when the timers that became due ring, each once. */
  jump(ms) {
    this.now += ms
    for (const timer of this.#timers.filter(({ at }) => at <= this.now)) this.#ring(timer)
  }

  #ring(timer) {
    this.#timers = this.#timers.filter((one) => one !== timer)
    timer.fn()
  }
}
