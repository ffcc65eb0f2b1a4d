// The icons: strokes on a 24-unit square, drawn for this console. `icon(name)` is decorative; say the meaning in words beside it.

import { h } from './dom.js'

/** @type {Record<string, string>} */
const PATHS = {
  add: 'M12 5v14M5 12h14',
  admin: 'M12 3l7 3v5c0 4.6-2.9 8-7 10-4.1-2-7-5.4-7-10V6zM9 12l2.2 2.2L15.5 10',
  alert: 'M12 4 2.8 19.5h18.4zM12 10v4.5M12 17.2v.1',
  at: 'M15.5 12a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zm0 0v1.3a2.4 2.4 0 0 0 4.8 0V12a8.3 8.3 0 1 0-3.4 6.7',
  back: 'M15 5l-7 7 7 7',
  bell: 'M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5l1.5 1.8H5zM10 20.5a2.2 2.2 0 0 0 4 0',
  bold: 'M8 5h5a3.4 3.4 0 0 1 0 6.8H8zm0 6.8h5.8a3.6 3.6 0 0 1 0 7.2H8z',
  book: 'M5 5.5C7.5 4.3 10 4.6 12 6v13.5c-2-1.4-4.5-1.7-7-.5zM19 5.5c-2.5-1.2-5-.9-7 .5v13.5c2-1.4 4.5-1.7 7-.5z',
  bot: 'M6 9.5h12v8a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2zM12 9.5V6M12 4.4v.1M9.7 13v1.4M14.3 13v1.4M3.5 13v3M20.5 13v3',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  checks: 'M2.5 12.5 7 17l8-9M11 15.5l1.5 1.5 8-9',
  chevron: 'M9 5l7 7-7 7',
  close: 'M6 6l12 12M18 6 6 18',
  copy: 'M9 9h10v10H9zM5 15V5h10',
  document: 'M6.5 3.5h7l4.5 4.5v12.5H6.5zM13.5 3.5V8H18M9.5 12.5h5.5M9.5 16h5.5',
  down: 'M5 9l7 7 7-7',
  download: 'M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14',
  edit: 'M4.5 19.5l1-4.2L15.8 5a2.2 2.2 0 0 1 3.2 3.2L8.7 18.5zM14 6.8l3.2 3.2',
  external: 'M14 5h5v5M19 5l-8.5 8.5M16.5 13.5V19h-11V8H11',
  eye: 'M2.8 12C5 7.9 8.3 5.8 12 5.8s7 2.1 9.2 6.2c-2.2 4.1-5.5 6.2-9.2 6.2S5 16.1 2.8 12zM14.6 12a2.6 2.6 0 1 1-5.2 0 2.6 2.6 0 0 1 5.2 0z',
  filter: 'M4 6h16M7 12h10M10 18h4',
  history: 'M4.5 12a7.5 7.5 0 1 0 2.2-5.3L4.5 9M4.5 4.5V9H9M12 8v4.3l3 1.7',
  info: 'M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0zM12 11v5.5M12 7.7v.1',
  inspector: 'M8.5 7 3.5 12l5 5M15.5 7l5 5-5 5M13.2 5l-2.4 14',
  key: 'M13.5 10.5l7-7M17.5 6.5l2 2M14.5 14.5a4.2 4.2 0 1 1-8.4 0 4.2 4.2 0 0 1 8.4 0z',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3L11.7 6.6M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1.3-1.3',
  lock: 'M6.5 11h11v8.5h-11zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2',
  menu: 'M4 7h16M4 12h16M4 17h16',
  more: 'M5.4 12a.6.6 0 1 0 1.2 0 .6.6 0 0 0-1.2 0M11.4 12a.6.6 0 1 0 1.2 0 .6.6 0 0 0-1.2 0M17.4 12a.6.6 0 1 0 1.2 0 .6.6 0 0 0-1.2 0',
  moon: 'M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z',
  pause: 'M9 6v12M15 6v12',
  person: 'M15.7 8a3.7 3.7 0 1 1-7.4 0 3.7 3.7 0 0 1 7.4 0zM4.8 20c.7-4 3.5-5.8 7.2-5.8s6.5 1.8 7.2 5.8',
  people: 'M12.3 8.5a3.2 3.2 0 1 1-6.4 0 3.2 3.2 0 0 1 6.4 0zM2.8 19c.5-3.6 2.9-5.2 6.3-5.2s5.8 1.6 6.3 5.2M15 5.6a3.2 3.2 0 0 1 0 5.9M17.5 14.2c2.2.6 3.4 2.2 3.7 4.8',
  play: 'M8 5.5v13l10.5-6.5z',
  plug: 'M9 3.5V8M15 3.5V8M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0zM12 17v3.5',
  private: 'M6.5 11h11v8.5h-11zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  quote: 'M5 16.5V12c0-3 1.3-4.8 4-5.5M5 12.5h4v4H5zM14 16.5V12c0-3 1.3-4.8 4-5.5M14 12.5h4v4h-4z',
  refresh: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4.5V9H15',
  reply: 'M9.5 6 4.5 11l5 5M4.5 11H14a5.5 5.5 0 0 1 5.5 5.5V19',
  retry: 'M4.5 12a7.5 7.5 0 1 0 2.2-5.3L4.5 9M4.5 4.5V9H9',
  search: 'M17 10.8a6.2 6.2 0 1 1-12.4 0 6.2 6.2 0 0 1 12.4 0zM15.3 15.3 20 20',
  send: 'M4.5 11.8 20 4.5l-5.5 15.5-3-6.7zM11.5 13.3 20 4.5',
  settings: 'M4 7.5h9M17 7.5h3M4 16.5h3M11 16.5h9M17 7.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM11 16.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0z',
  share: 'M8.5 12a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM20 6a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM20 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM8.2 10.9l7.1-3.7M8.2 13.1l7.1 3.7',
  'sign-out': 'M10 4.5H5.5v15H10M14.5 8l4 4-4 4M18.5 12H9.5',
  stop: 'M7 7h10v10H7z',
  sun: 'M15.8 12a3.8 3.8 0 1 1-7.6 0 3.8 3.8 0 0 1 7.6 0zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4',
  talk: 'M4 5.5h12.5v9H9.5L6 17.8v-3.3H4zM19 9h1.5v8.5H19v3l-3.2-3H11',
  trash: 'M5 7h14M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10.2 10.5v5.5M13.8 10.5v5.5',
  up: 'M5 15l7-7 7 7',
  upload: 'M12 15.5V4.5M7.5 9 12 4.5 16.5 9M5 20h14',
}

/**
 * @param {string} name
 * @param {{ class?: string }} [options]
 */
export function icon(name, options = {}) {
  const path = PATHS[name]
  if (!path) throw new Error(`no icon ${name}`)
  return h('svg', { class: `icon ${options.class ?? ''}`, viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' }, h('path', { d: path }))
}

/** The mark: two voices that overlap, the second with the cursor of an answer. */
export function logo() {
  return h('svg', { class: 'logo', viewBox: '0 0 32 32', 'aria-hidden': 'true', focusable: 'false' },
    h('path', { class: 'logo-a', d: 'M4 4h16a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-9l-5 4.5V18H4a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3z' }),
    h('path', { class: 'logo-b', d: 'M14 11h14a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-1v4.5L22 25h-8a3 3 0 0 1-3-3v-8a3 3 0 0 1 3-3z' }),
    h('path', { class: 'logo-c', d: 'M16.5 16h9M16.5 20h5.5' }))
}
