/**
 * Reweighing (Kamiran and Calders 2012): weights for training rows under which group and label are independent.
 *
 *   w(group, label) = P(group) P(label) / P(group, label)
 *
 * The weights sum to the number of rows, and each group's weighted share of positives is that of all rows. A group that
 * has one label only cannot be balanced: its rows get the weight of that label's share.
 */
import type { Groups } from './groups.ts'

export interface Reweighing {
  /** One per row, above 0. */
  readonly weights: Float64Array
  /** One entry per group and label that has rows. */
  readonly cells: readonly {
    readonly group: string
    readonly label: 0 | 1
    readonly rows: number
    readonly weight: number
  }[]
}

/** `groups` and `labels` (0 or 1) of the training rows. */
export function reweigh({ names, groupOf, sizes }: Groups, labels: ArrayLike<number>): Reweighing {
  const rows = groupOf.length
  if (labels.length !== rows) throw new RangeError(`${labels.length} labels for ${rows} rows`)
  const rowsOfCell = new Uint32Array(2 * names.length)
  const rowsOfLabel = [0, 0]
  for (let row = 0; row < rows; row++) {
    rowsOfCell[2 * groupOf[row] + labels[row]]++
    rowsOfLabel[labels[row]]++
  }
  const weightOfCell = Float64Array.from(
    rowsOfCell,
    (count, cell) => (sizes[cell >> 1] * rowsOfLabel[cell & 1]) / (rows * count),
  )
  return {
    weights: Float64Array.from(groupOf, (group, row) => weightOfCell[2 * group + labels[row]]),
    cells: Array.from(rowsOfCell, (count, cell) => ({
      group: names[cell >> 1],
      label: (cell & 1) as 0 | 1,
      rows: count,
      weight: weightOfCell[cell],
    })).filter(cell => cell.rows > 0),
  }
}
