/** The bins of a PSI as the report shows them: with names for people and the shares of both sides. */
import { sumOf } from '../math/sum.ts'
import { isSingleValue } from './bins.ts'
import type { LevelPair } from './levels.ts'
import type { DriftBin } from './report.ts'

/** Levels shown one by one; what a category has beyond them is shown as one bin. */
const MAX_SHOWN_LEVELS = 30

/** `counts` as countBins gives them. The bin of missing values is shown when there are any. */
export function describeNumberBins(
  edges: Float64Array,
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): DriftBin[] {
  const [n, m] = [sumOf(reference), sumOf(current)]
  const bins: DriftBin[] = []
  for (let i = 0; i < edges.length - 1; i++) {
    const equal = isSingleValue(edges, i) ? { equal: true } : {}
    const bounds = { from: finiteOrNull(edges[i]), to: finiteOrNull(edges[i + 1]) }
    bins.push({
      label: rangeLabel(edges, i),
      kind: 'range',
      ...bounds,
      ...equal,
      reference: reference[i] / n,
      current: current[i] / m,
    })
  }
  return [...bins, ...missingBin(reference, current)]
}

/** The bins of pairLevels in its order; beyond 30 the largest stay and the others become one bin. */
export function describeLevelBins({ levels, reference, current }: LevelPair): DriftBin[] {
  const [n, m] = [sumOf(reference), sumOf(current)]
  const bins = levels.map((level, i): DriftBin => {
    return { label: level, kind: 'level', reference: reference[i] / n, current: current[i] / m }
  })
  const missing = missingBin(reference, current)
  if (bins.length <= MAX_SHOWN_LEVELS) return [...bins, ...missing]
  const largest = new Set(bins.toSorted((a, b) => weight(b) - weight(a)).slice(0, MAX_SHOWN_LEVELS))
  const rest = bins.filter(bin => !largest.has(bin))
  const other: DriftBin = {
    label: `${rest.length} other levels`,
    kind: 'other',
    reference: rest.reduce((sum, bin) => sum + bin.reference, 0),
    current: rest.reduce((sum, bin) => sum + bin.current, 0),
  }
  return [...bins.filter(bin => largest.has(bin)), other, ...missing]
}

function weight({ reference, current }: DriftBin): number {
  return Math.max(reference, current)
}

/** The last count on both sides. */
function missingBin(reference: ArrayLike<number>, current: ArrayLike<number>): DriftBin[] {
  const last = reference.length - 1
  if (reference[last] + current[last] === 0) return []
  return [
    {
      label: 'missing',
      kind: 'missing',
      reference: reference[last] / sumOf(reference),
      current: current[last] / sumOf(current),
    },
  ]
}

function rangeLabel(edges: Float64Array, i: number): string {
  const [from, to] = [edges[i], edges[i + 1]]
  if (isSingleValue(edges, i)) return `= ${shortNumber(from)}`
  if (from === Number.NEGATIVE_INFINITY && to === Number.POSITIVE_INFINITY) return 'any value'
  if (from === Number.NEGATIVE_INFINITY) return `< ${shortNumber(to)}`
  if (to === Number.POSITIVE_INFINITY) {
    return i > 0 && isSingleValue(edges, i - 1) ? `> ${shortNumber(edges[i - 1])}` : `≥ ${shortNumber(from)}`
  }
  return `[${shortNumber(from)}, ${shortNumber(to)})`
}

/** To about four digits: 1234.57, 12.346, 0.01235, 1.25e-7. */
export function shortNumber(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(2).replace(/\.?0+e/, 'e')
  const digits = size >= 100 ? 2 : size >= 1 ? 3 : 5
  return String(Number(value.toFixed(digits)))
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
