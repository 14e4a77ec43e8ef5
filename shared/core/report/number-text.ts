/** Numbers as pages say them. What is not there, or is no finite number, is an en dash: no page ever holds a NaN. */

export type MaybeNumber = number | null | undefined

/** What stands for a number that is not there. */
export const NO_NUMBER = '–'

/** Between a number and its unit. */
const NO_BREAK = '\u00a0'

/** 0.935; never "-0.000". */
export function decimal(value: MaybeNumber, digits = 3): string {
  if (!isNumber(value)) return NO_NUMBER
  const text = value.toFixed(digits)
  return Number(text) === 0 ? text.replace('-', '') : text
}

/** 0.1234 as 12.3 %; what is there but tiny is not called 0. */
export function percent(share: MaybeNumber, digits = 1): string {
  if (!isNumber(share)) return NO_NUMBER
  const least = 10 ** -digits
  if (share > 0 && 100 * share < least / 2) return `<${NO_BREAK}${least}${NO_BREAK}%`
  return `${decimal(100 * share, digits)}${NO_BREAK}%`
}

/** +3.4 or -3.4 percentage points. */
export function points(share: MaybeNumber): string {
  if (!isNumber(share)) return NO_NUMBER
  const text = decimal(100 * share, 1)
  return `${share > 0 && Number(text) !== 0 ? '+' : ''}${text}${NO_BREAK}points`
}

/** 12,345 */
export function count(value: MaybeNumber): string {
  return isNumber(value) ? value.toLocaleString('en') : NO_NUMBER
}

/** "1 row", "12,345 rows". */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** 950, 1.2k, 34k, 5.6M: for labels in pictures. */
export function shortCount(value: number): string {
  for (const [size, unit] of [
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (value >= size) return `${Number((value / size).toPrecision(value >= 10 * size ? 3 : 2))}${unit}`
  }
  return decimal(value, 0)
}

/** Four decimals, and "< 0.0001" below them. */
export function pValue(p: MaybeNumber): string {
  return isNumber(p) && p < 1e-4 ? `<${NO_BREAK}0.0001` : decimal(p, 4)
}

/** A threshold as its author typed it: the shortest decimal that is the same float32. */
export function thresholdText(threshold: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(threshold.toPrecision(digits))
    if (Math.fround(short) === Math.fround(threshold)) return String(short)
  }
  return isNumber(threshold) ? String(threshold) : NO_NUMBER
}

/** 2026-11-21T14:36:05.123Z as 2026-11-21 14:36 UTC; anything else stays as it is. */
export function timeText(timestamp: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::[\d.]+)?Z$/.exec(timestamp)
  return match === null ? timestamp : `${match[1]} ${match[2]} UTC`
}

/** Names in pictures have no room to wrap: the middle goes, for what tells names apart is at their ends. */
export function shortened(text: string, mostCharacters: number): string {
  const characters = [...text]
  if (characters.length <= mostCharacters) return text
  const end = Math.floor((mostCharacters - 1) / 2)
  return `${characters.slice(0, mostCharacters - 1 - end).join('')}…${characters.slice(characters.length - end).join('')}`
}

function isNumber(value: MaybeNumber): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
