/** For tests: inputs of pages, from the plainest to the most awkward, and readers of what came out. */
import fc from 'fast-check'
import { parseHTML } from 'linkedom'
import { judgeFairness } from '../fairness/fairness-report.ts'
import { makeRandom } from '../math/random.ts'
import { heldOutMetrics } from '../train/judge.ts'
import type { RunReportInput } from './run-figures.ts'

/** What no page may ever say. */
export const BROKEN_WORDS = /\b(NaN|undefined|Infinity|null)\b|\[object/

/** A run over these held-out rows. */
export function runOf(
  { labels, probabilities }: { readonly labels: readonly number[]; readonly probabilities: readonly number[] },
  further: Partial<RunReportInput> = {},
): RunReportInput {
  const scores = Float32Array.from(probabilities)
  const threshold = further.threshold ?? 0.5
  return {
    name: 'toy',
    title: 'Toy',
    target: { column: 'bought', classes: [0, 1] },
    family: 'gbt',
    size: { trees: 12, leaves: 48 },
    timestamp: '2026-01-02T03:04:05.678Z',
    gitSha: 'abc1234',
    threshold,
    metrics: heldOutMetrics(scores, Uint8Array.from(labels), { threshold, seed: 1 }),
    candidates: [
      { family: 'gbt', options: {}, validationRocAuc: 0.9 },
      { family: 'logistic', options: {}, validationRocAuc: Number.NaN },
    ],
    importances: {
      kind: 'gain',
      features: [
        { name: 'age', value: 3 },
        { name: 'city', value: 1 },
      ],
    },
    heldOut: { labels: Uint8Array.from(labels), probabilities: scores },
    ...further,
  }
}

/** n rows whose labels follow their probabilities. */
export function calibratedRows(n: number, seed = 1): { labels: number[]; probabilities: number[] } {
  const random = makeRandom(seed)
  const probabilities = Array.from({ length: n }, () => Math.fround(random.uniform() ** 2))
  return { probabilities, labels: probabilities.map(probability => (random.uniform() < probability ? 1 : 0)) }
}

/** The fairness of rows whose groups are given by name. */
export function fairnessOf(
  { labels, probabilities }: { readonly labels: readonly number[]; readonly probabilities: readonly number[] },
  groups: Readonly<Record<string, readonly string[]>>,
  threshold = 0.5,
) {
  const columns = Object.entries(groups).map(([name, values]) => {
    const levels = [...new Set(values)]
    const codes = Uint32Array.from(values, value => levels.indexOf(value) + 1)
    return { name, column: { kind: 'category', codes, levels } as const }
  })
  const thresholds = [0.5, threshold]
  return judgeFairness({
    columns,
    probabilities: Float32Array.from(probabilities),
    labels,
    thresholds,
    contract: 'toy',
  })
}

/** Held-out rows of every awkward kind: one row per class, all equal scores, certain and wrong, one class only. */
export const awkwardRows = fc
  .array(
    fc.record({
      probability: fc.oneof(fc.constantFrom(0, 1, 0.5), fc.double({ min: 0, max: 1, noNaN: true })),
      label: fc.integer({ min: 0, max: 1 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map(rows => ({
    labels: rows.map(row => row.label),
    probabilities: rows.map(row => Math.fround(row.probability)),
  }))

/** Names as a contract may have them. */
export const HOSTILE = `<script>alert("1")</script> & 'x' \`y\` | *z*`

export function parsePage(page: string): ReturnType<typeof parseHTML>['document'] {
  return parseHTML(page).document
}

/** The points of the first path drawn in a colour. */
export function pathPoints(svg: string, color: string): [x: number, y: number][] {
  const { document } = parseHTML(svg)
  const path = document.querySelector(`g[stroke="${color}"] path`)?.getAttribute('d')
  if (path === null || path === undefined) throw new Error(`no path is drawn in ${color}`)
  let [x, y] = [0, 0]
  return [...path.matchAll(/([MLHV])([-\d.,]+)/g)].map(([, command, numbers]) => {
    const [a, b] = numbers.split(',').map(Number)
    if (command === 'H') x = a
    else if (command === 'V') y = a
    else [x, y] = [a, b]
    return [x, y]
  })
}
