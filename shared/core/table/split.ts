/** Parts a table's rows at random so that each part has the same share of positives. Same seed, same parts. */
import { deriveSeed, makeRandom } from '../math/random.ts'

/** Row indices of two parts, each rising; together every row once. */
export interface RowSplit {
  readonly rest: Uint32Array
  readonly part: Uint32Array
}

/** Draws `share` (between 0 and 1) of the negatives and of the positives, each rounded to the nearest row, as `part`. */
export function splitStratified(labels: Uint8Array, share: number, seed: number): RowSplit {
  const inPart = new Uint8Array(labels.length)
  for (const rows of rowsByLabel(labels)) {
    const random = makeRandom(deriveSeed(seed, `split ${labels[rows[0]]}`))
    for (const i of random.sample(rows.length, Math.round(share * rows.length))) inPart[rows[i]] = 1
  }
  return { rest: rowsWhere(inPart, 0), part: rowsWhere(inPart, 1) }
}

/** `count` disjoint parts of nearly equal size (at most two rows apart), each rising; every row in exactly one. */
export function foldStratified(labels: Uint8Array, count: number, seed: number): Uint32Array[] {
  const foldOf = new Uint32Array(labels.length)
  let next = 0
  for (const rows of rowsByLabel(labels)) {
    makeRandom(deriveSeed(seed, `folds ${labels[rows[0]]}`)).shuffleInto(rows)
    // The second class goes on where the first stopped, so that the sizes even out.
    for (const row of rows) foldOf[row] = next++ % count
  }
  return Array.from({ length: count }, (_, fold) => rowsWhere(foldOf, fold))
}

/** All rows but those in `without` (rising). */
export function otherRows(rowCount: number, without: Uint32Array): Uint32Array {
  const left = new Uint8Array(rowCount)
  for (const row of without) left[row] = 1
  return rowsWhere(left, 0)
}

/** At most `most` of the rows, evenly spaced; all of them where they are no more. */
export function spreadRows(rows: Uint32Array, most: number): Uint32Array {
  if (rows.length <= most) return rows
  const spread = new Uint32Array(most)
  for (let i = 0; i < most; i++) spread[i] = rows[Math.floor(((i + 0.5) * rows.length) / most)]
  return spread
}

function rowsByLabel(labels: Uint8Array): Uint32Array[] {
  return [rowsWhere(labels, 0), rowsWhere(labels, 1)].filter(rows => rows.length > 0)
}

function rowsWhere(values: Uint8Array | Uint32Array, wanted: number): Uint32Array {
  let count = 0
  for (let row = 0; row < values.length; row++) if (values[row] === wanted) count++
  const rows = new Uint32Array(count)
  for (let row = 0, i = 0; row < values.length; row++) if (values[row] === wanted) rows[i++] = row
  return rows
}
