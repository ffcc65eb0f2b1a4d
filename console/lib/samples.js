// The figures of the server over the last minutes, as often as a page asked for them. They outlive the page, not the tab. What the
// server counts since its start becomes a rate here. Pure but for the one list.

/** @typedef {{ at: number, figures: Record<string, number> }} Sample */

/** Milliseconds kept and drawn. */
export const SPAN = 10 * 60_000

/** @type {Sample[]} */
const samples = []
/** @type {{ at: number, counts: Record<string, number> } | null} */
let last = null

/**
 * @param {number} at milliseconds
 * @param {Record<string, number>} figures at this moment
 * @param {Record<string, number>} counts since the server's start; kept as so many a second
 */
export function addSample(at, figures, counts) {
  const all = { ...figures }
  for (const [name, count] of Object.entries(counts)) all[name] = rate(name, count, at)
  last = { at, counts }
  samples.push({ at, figures: all })
  while (samples[0].at < at - SPAN) samples.shift()
}

/** A count that went down began anew: the server was started again. @param {string} name @param {number} count @param {number} at */
function rate(name, count, at) {
  const before = last?.counts[name]
  if (last === null || before === undefined || at <= last.at || at - last.at > 30_000) return 0
  return ((count >= before ? count - before : count) * 1000) / (at - last.at)
}

/** @param {string} name @returns {{ at: number, value: number }[]} */
export function series(name) {
  return samples.filter((sample) => name in sample.figures).map((sample) => ({ at: sample.at, value: sample.figures[name] }))
}

/** @returns {readonly Sample[]} */
export const allSamples = () => samples

/** For another person, or another server. */
export function forgetSamples() {
  samples.length = 0
  last = null
}

/** A round number at or above the highest value: where the axis ends. @param {number} highest */
export function ceiling(highest) {
  if (highest <= 4) return 4
  const power = 10 ** Math.floor(Math.log10(highest))
  const step = [1, 2, 4, 5, 10].find((n) => n * power >= highest) ?? 10
  return step * power
}
