/**
 * Measures TreeSHAP of 10,000 rows, 100 trees of 31 leaves, against LightGBM's pred_contrib on LightGBM's own trees, in turn
 * in one run: `PYTHON=venv/bin/python node scripts/bench/shap.ts data/customer_churn_synth.csv [turns]`. The table's last
 * column is the label. PYTHON needs scripts/golden/requirements.txt; LightGBM runs on one thread and on two, ours on one.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { treeShap } from '../../shared/core/gbt/shap.ts'
import { type TreeLists, treeFromLists } from '../../shared/core/gbt/tree.fixture.ts'
import { quantileSorted } from '../../shared/core/math/quantile.ts'
import type { FeatureMatrix } from '../../shared/core/preprocess/preprocessor.ts'

/** The bound on our time over LightGBM's at one thread. */
const BOUND = 0.2

interface Content {
  readonly version: string
  readonly trees: readonly TreeLists[]
  readonly rows: readonly (readonly (number | null)[])[]
  readonly shap: readonly (readonly number[])[]
}

function matrixOf({ rows }: Content): FeatureMatrix {
  const features = rows[0].map((_, i) => ({ name: `f${i}`, kind: 'number' }) as const)
  return { rowCount: rows.length, features, values: Float32Array.from(rows.flat(), value => value ?? Number.NaN) }
}

function tell(name: string, times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  const median = quantileSorted(sorted, 0.5)
  const spread = `${sorted[0].toFixed(0)} to ${sorted[sorted.length - 1].toFixed(0)}`
  process.stdout.write(
    `${name.padEnd(28)} ${median.toFixed(0).padStart(6)} ms (${spread}; first ${times[0].toFixed(0)})\n`,
  )
  return median
}

const table = process.argv[2]
const turns = Number(process.argv[3] ?? 5)
if (table === undefined || !(turns >= 1)) throw new Error('usage: node scripts/bench/shap.ts TABLE.csv [turns]')
const folder = await mkdtemp(join(tmpdir(), 'shap-bench-'))
const out = join(folder, 'lightgbm.json')
const script = resolve(import.meta.dirname, 'shap_lightgbm.py')
const lightgbm = spawn(process.env.PYTHON ?? 'python3', [script, table, out], { stdio: ['pipe', 'pipe', 'inherit'] })
try {
  const lines = createInterface({ input: lightgbm.stdout })[Symbol.asyncIterator]()
  if ((await lines.next()).done) throw new Error('LightGBM did not start; PYTHON names its Python')
  const timeLightgbm = async (threads: number): Promise<number> => {
    lightgbm.stdin.write(`${threads}\n`)
    return Number((await lines.next()).value)
  }
  const content: Content = JSON.parse(await readFile(out, 'utf8'))
  const [ensemble, matrix] = [{ trees: content.trees.map(treeFromLists), base: 0 }, matrixOf(content)]
  const theirs = content.shap.flat()
  const times = { ours: [] as number[], one: [] as number[], two: [] as number[] }
  let distance = 0
  for (let turn = 0; turn < turns; turn++) {
    const start = performance.now()
    const shap = treeShap(ensemble, matrix)
    times.ours.push(performance.now() - start)
    shap.forEach((value, i) => {
      distance = Math.max(distance, Math.abs(value - theirs[i]))
    })
    times.one.push(await timeLightgbm(1))
    times.two.push(await timeLightgbm(2))
  }
  process.stdout.write(`${matrix.rowCount} rows, ${ensemble.trees.length} trees, medians of ${turns} in turn\n`)
  const ours = tell('treeShap, one thread', times.ours)
  const one = tell(`LightGBM ${content.version}, one thread`, times.one)
  const two = tell(`LightGBM ${content.version}, two threads`, times.two)
  process.stdout.write(`ratio ${(ours / one).toFixed(3)} (bound ${BOUND}), to two threads ${(ours / two).toFixed(3)}; `)
  process.stdout.write(`largest difference ${distance.toExponential(1)}\n`)
} finally {
  lightgbm.stdin.end()
  if (lightgbm.exitCode === null) await once(lightgbm, 'exit')
  await rm(folder, { recursive: true })
}
