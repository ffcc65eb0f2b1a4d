// A small live plot: the line of one figure over the last minutes, with its axis, its present value, and a sentence for those who do
// not see it. Where nothing was asked for a while, the line has a gap.

import { h } from '../lib/dom.js'
import { SPAN, ceiling } from '../lib/samples.js'

const WIDTH = 320
const HEIGHT = 96
/** Milliseconds between two samples beyond which nothing is known in between. */
const GAP = 15_000
/** Milliseconds across the plot at first; it grows to the whole span. */
const SHORTEST = 60_000

/**
 * @param {{ title: string, samples: { at: number, value: number }[], write: (value: number) => string, hint?: string, now?: number }} props
 */
export function Plot({ title, samples, write, hint, now = Date.now() }) {
  const present = samples.length ? write(samples[samples.length - 1].value) : '–'
  const highest = Math.max(0, ...samples.map((sample) => sample.value))
  const top = ceiling(highest)
  const span = Math.min(SPAN, Math.max(SHORTEST, now - (samples[0]?.at ?? now)))
  const x = (/** @type {number} */ at) => WIDTH - ((now - at) / span) * WIDTH
  const y = (/** @type {number} */ value) => HEIGHT - (value / top) * HEIGHT
  const point = (/** @type {{ at: number, value: number }} */ s) => `${x(s.at).toFixed(1)} ${y(s.value).toFixed(1)}`
  const runs = pieces(samples)
  const since = span < 90_000 ? `${Math.round(span / 1000)} s` : `${Math.round(span / 60_000)} min`
  return h('figure', { class: 'card plot', key: title },
    h('figcaption', { class: 'strong' }, title),
    h('p', { class: 'plot-now' }, present),
    h('div', { class: 'plot-y tiny faint', 'aria-hidden': 'true' }, h('span', null, write(top)), h('span', null, write(0))),
    h('svg', { class: 'plot-lines', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `${title}: ${present} now, at most ${write(highest)} in the last ${since}` },
      [0, 0.5, 1].map((part) => h('line', { key: part, class: 'plot-grid', x1: 0, x2: WIDTH, y1: HEIGHT * part, y2: HEIGHT * part })),
      runs.map((run) => h('path', { key: `a${run[0].at}`, class: 'plot-area', d: `M${x(run[0].at).toFixed(1)} ${HEIGHT} L${run.map(point).join(' L')} L${x(run[run.length - 1].at).toFixed(1)} ${HEIGHT} Z` })),
      runs.map((run) => h('path', { key: `l${run[0].at}`, class: run.length > 1 ? 'plot-line' : 'plot-line plot-dot', d: run.length > 1 ? `M${run.map(point).join(' L')}` : `M${point(run[0])} h0` }))),
    h('div', { class: 'plot-x tiny faint', 'aria-hidden': 'true' }, h('span', null, `${since} ago`), h('span', null, 'now')),
    hint && h('p', { class: 'plot-hint tiny muted' }, hint))
}

/** @param {{ at: number, value: number }[]} samples */
function pieces(samples) {
  /** @type {{ at: number, value: number }[][]} */
  const runs = []
  for (const sample of samples) {
    const run = runs[runs.length - 1]
    if (run && sample.at - run[run.length - 1].at <= GAP) run.push(sample)
    else runs.push([sample])
  }
  return runs
}
