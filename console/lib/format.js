// How times, sizes, numbers and names are written. Nothing here touches the page but `timeAgo`, which returns a vnode.

import { h } from './dom.js'

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' })
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const dayMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const dayLong = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const number = new Intl.NumberFormat()

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [['year', 31536e6], ['month', 2592e6], ['week', 6048e5], ['day', 864e5], ['hour', 36e5], ['minute', 6e4]]

/** "3 min. ago", "in 2 days". @param {string | number | Date} at @param {number} [now] */
export function ago(at, now = Date.now()) {
  const difference = new Date(at).getTime() - now
  for (const [unit, size] of UNITS) {
    // What is to come is rounded: a week that has just begun is no "6 days".
    if (Math.abs(difference) >= size) return relative.format(difference > 0 ? Math.round(difference / size) : Math.trunc(difference / size), unit)
  }
  return 'just now'
}

/** @param {string | number | Date} at */
export const timeOfDay = (at) => clock.format(new Date(at))
/** @param {string | number | Date} at */
export const dateTime = (at) => full.format(new Date(at))
/** @param {string | number | Date} at */
export const dateOnly = (at) => date.format(new Date(at))

/** The day as a key: equal for two times of one local day. @param {string} at */
export function dayKey(at) {
  const day = new Date(at)
  return `${day.getFullYear()}-${day.getMonth()}-${day.getDate()}`
}

/** "Today", "Yesterday", "Monday, 3 May". @param {string} at */
export function dayLabel(at) {
  const now = Date.now()
  if (dayKey(at) === dayKey(new Date(now).toISOString())) return 'Today'
  // By the calendar: a day on which the clock is changed has no 24 hours.
  const before = new Date(now)
  before.setDate(before.getDate() - 1)
  if (dayKey(at) === dayKey(before.toISOString())) return 'Yesterday'
  const day = new Date(at)
  const text = dayLong.format(day)
  return day.getFullYear() === new Date(now).getFullYear() ? text : `${text} ${day.getFullYear()}`
}

/** For narrow lists: the time today, else the day. @param {string} at */
export function shortWhen(at) {
  if (dayKey(at) === dayKey(new Date().toISOString())) return timeOfDay(at)
  return dayMonth.format(new Date(at))
}

/** A time that reads well and tells the exact moment on hover. @param {string} at @param {string} [text] */
export function timeAgo(at, text) {
  return h('time', { datetime: at, title: dateTime(at) }, text ?? ago(at))
}

/** @param {number} n */
export const count = (n) => number.format(n)

/** "1 message", "3 messages". @param {number} n @param {string} one @param {string} [many] */
export const plural = (n, one, many = `${one}s`) => `${number.format(n)} ${n === 1 ? one : many}`

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = bytes / 1000
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

/** "Ann", "Ann and Ben", "Ann, Ben and 3 others". @param {string[]} names @param {number} [most] */
export function list(names, most = 3) {
  if (names.length > most) return `${names.slice(0, most - 1).join(', ')} and ${names.length - most + 1} others`
  if (names.length < 2) return names[0] ?? ''
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`
}

/** Two letters for an avatar. @param {string} name */
export function initials(name) {
  const words = name.trim().split(/[\s._-]+/).filter(Boolean)
  const letters = words.length > 1 ? [words[0], words[words.length - 1]].map(first) : [...(words[0] ?? '?')].slice(0, 2)
  return letters.join('').toUpperCase()
}

/** @param {string} word */
const first = (word) => [...word][0] ?? ''

/** One of eight tints, always the same for the same id. @param {string} id */
export function tint(id) {
  let hash = 0
  for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) | 0
  return Math.abs(hash) % 8
}
