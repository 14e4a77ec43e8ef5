/**
 * A number as people write it in files: `-12`, `3.5`, `.5`, `1e-3`. Stricter than Number(), which also reads "", " 5 ",
 * "0x10" and "Infinity". undefined when the text is none; Infinity when it is one beyond float64 (1e400).
 */
export function parseDecimal(text: string): number | undefined {
  return parseShort(text) ?? (DECIMAL.test(text) ? Number(text) : undefined)
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/** So many digits are a whole number below 2^53, and 10^15 is a float64 without rounding. */
const MAX_SHORT_DIGITS = 15
const POWERS_OF_TEN = Float64Array.from({ length: MAX_SHORT_DIGITS + 1 }, (_, k) => 10 ** k)
const ZERO = 48
const POINT = 46
const MINUS = 45

/**
 * Most cells of most tables: up to 15 digits, perhaps a point, perhaps a minus. Digits and power are exact, so their quotient
 * is rounded once and is the float64 that Number() gives, in a fourth of the time. undefined: of another form, or none.
 */
function parseShort(text: string): number | undefined {
  const isNegative = text.charCodeAt(0) === MINUS
  let digits = 0
  let whole = 0
  let decimals = -1
  for (let i = isNegative ? 1 : 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === POINT && decimals === -1) {
      decimals = 0
      continue
    }
    const digit = code - ZERO
    if (digit < 0 || digit > 9 || ++digits > MAX_SHORT_DIGITS) return undefined
    whole = 10 * whole + digit
    if (decimals >= 0) decimals++
  }
  if (digits === 0) return undefined
  const value = decimals > 0 ? whole / POWERS_OF_TEN[decimals] : whole
  return isNegative ? -value : value
}
