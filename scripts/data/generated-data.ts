/**
 * What a generator of scripts/data gives: texts, so that tests need no disk. `scripts/data/<contract>.ts` exports
 * `generate(seed)` and is the only code that knows that dataset; `npm run data` finds it by the contract's name.
 */

export interface GeneratedFile {
  /** File name inside the data folder. */
  readonly name: string
  /** Rows of a table, lines of JSON Lines, 1 for a single document. */
  readonly rows: number
  readonly text: string
}

export interface GeneratedData {
  readonly files: readonly GeneratedFile[]
  /** ROC-AUC of the true probability against the drawn labels: no model of these features does better but by luck. */
  readonly bestRocAuc: number
}

/** Same seed, same texts. */
export type Generate = (seed: number) => GeneratedData

export type Cell = string | number

/** A CSV file with a header and "\n" ends; cells may hold neither comma nor quote nor line break. */
export function csvFile(name: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): GeneratedFile {
  const lines = [columns, ...rows].map(row => {
    if (row.some(cell => /[",\r\n]/.test(String(cell))))
      throw new Error(`${name}: a cell of ${row.join(' | ')} needs quotes`)
    return row.join(',')
  })
  return { name, rows: rows.length, text: `${lines.join('\n')}\n` }
}

export function jsonLinesFile(name: string, documents: readonly object[]): GeneratedFile {
  return { name, rows: documents.length, text: documents.map(document => `${JSON.stringify(document)}\n`).join('') }
}

export function jsonFile(name: string, document: object): GeneratedFile {
  return { name, rows: 1, text: `${JSON.stringify(document, null, 2)}\n` }
}

/** `value` at so many decimals, as a table would store it; half away from zero. */
export function roundTo(value: number, decimals: number): number {
  const scale = 10 ** decimals
  return (Math.sign(value) * Math.round(Math.abs(value) * scale)) / scale
}
