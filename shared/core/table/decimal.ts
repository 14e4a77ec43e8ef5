/**
 * A number as people write it in files: `-12`, `3.5`, `.5`, `1e-3`. Stricter than Number(), which also reads "", " 5 ",
 * "0x10" and "Infinity". undefined when the text is none; Infinity when it is one beyond float64 (1e400).
 */
export function parseDecimal(text: string): number | undefined {
  return DECIMAL.test(text) ? Number(text) : undefined
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
