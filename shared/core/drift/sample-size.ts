/** Whether two samples are large enough for a PSI to mean anything, said in a sentence. */
import { plural } from '../problem-list.ts'
import { rowsNeeded } from './chance.ts'
import type { ColumnComparison } from './compare-column.ts'
import { groupDigits } from './group-digits.ts'
import type { SampleSize, Sides } from './report.ts'

export function judgeSampleSize(comparisons: readonly ColumnComparison[], rows: Sides, threshold: number): SampleSize {
  const compared = comparisons.filter(({ binsInUse }) => binsInUse > 0)
  const needed = Math.max(1, ...compared.map(({ binsInUse }) => rowsNeeded(binsInUse, threshold)))
  const limits = compared.map(({ drift }) => drift.chance_limit ?? 0)
  const largest = Math.max(0, ...limits)
  const tooSmall = compared.filter(({ drift }) => drift.too_small_to_tell).length
  const sizes = `With ${groupDigits(rows.reference)} and ${groupDigits(rows.current)} rows`
  const sentence =
    tooSmall > 0
      ? `Too few rows to tell drift from chance. ${sizes} chance alone passes PSI ${threshold} more than 1 time in 100 in ${tooSmall} of ${plural(compared.length, 'feature')} (1 time in 100 it passes ${largest.toFixed(2)}); about ${groupDigits(needed)} rows on each side are needed.`
      : `Enough rows. ${sizes} chance alone passes PSI ${largest.toFixed(3)} only 1 time in 100, in the feature where it goes furthest.`
  return { sentence, too_small_to_tell: tooSmall > 0, rows_needed: needed }
}
