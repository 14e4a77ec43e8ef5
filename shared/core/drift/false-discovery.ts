/**
 * Benjamini and Hochberg (1995): p-values adjusted so that of the columns called drifted at level q at most a share q is
 * so by chance. With twelve columns an unadjusted 0.05 would call one in every second report of no drift at all.
 */

/** Adjusted p-values in the order given, each in [0, 1] and never below its own p: scipy.stats.false_discovery_control. */
export function adjustPValues(pValues: readonly number[]): number[] {
  const count = pValues.length
  const byP = pValues.map((_, i) => i).sort((a, b) => pValues[b] - pValues[a])
  const adjusted = new Array<number>(count)
  let least = 1
  byP.forEach((i, fromLargest) => {
    least = Math.min(least, pValues[i] * (count / (count - fromLargest)))
    adjusted[i] = least
  })
  return adjusted
}
