/**
 * One measurement of our trainer in a fresh process: `node scripts/bench/fit-once.ts JOB`, the job as JSON (FitJob).
 * Prints FitFigures as JSON. The data is in memory before the clock starts; the first fit of the process is what counts.
 */
import { readFileSync } from 'node:fs'
import { crewOnThreads } from '../../shared/adapters/threads/shard-crew.ts'
import { DEFAULT_BOOST, fitTrees } from '../../shared/core/gbt/boost.ts'
import { treeShap } from '../../shared/core/gbt/shap.ts'
import { predictMargins } from '../../shared/core/gbt/tree.ts'
import { rocAuc } from '../../shared/core/metrics/ranking.ts'
import type { BenchTable } from './train-data.ts'

export interface FitJob {
  readonly table: BenchTable
  readonly library: 'treeline' | 'lightgbm' | 'xgboost'
  readonly threads: number
  readonly quantised: boolean
  /** Rows to explain; 0 = none. */
  readonly shapRows: number
}

export interface FitFigures {
  readonly fit: number
  readonly predict: number
  readonly shap: number
  readonly auc: number
  readonly peakMb: number
}

/** Share of the rows that is fitted; the others are predicted. */
const TRAIN_SHARE = 0.8

function fitOnce({ table, threads, quantised, shapRows }: FitJob): FitFigures {
  const bytes = readFileSync(`${table.path}.values`)
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  const labels = readFileSync(`${table.path}.labels`)
  const width = table.features.length
  const cut = Math.floor(TRAIN_SHARE * table.rows)
  const matrix = { rowCount: cut, features: table.features, values: values.subarray(0, cut * width) }
  const rest = { rowCount: table.rows - cut, features: table.features, values: values.subarray(cut * width) }
  const options = { ...DEFAULT_BOOST, trees: 100, leaves: 31, l2: 0, earlyStoppingRounds: 0, quantised }
  const [ensemble, fit] = timed(() =>
    fitTrees({ matrix, labels: labels.subarray(0, cut) }, options, { seed: 1, crew: crewOnThreads(threads) }),
  )
  const [margins, predict] = timed(() => predictMargins(ensemble, rest))
  const explained = { ...matrix, rowCount: shapRows, values: values.subarray(0, shapRows * width) }
  const [, shap] = timed(() => (shapRows > 0 ? treeShap(ensemble, explained) : undefined))
  const auc = rocAuc(margins, labels.subarray(cut))
  return { fit, predict, shap, auc, peakMb: process.resourceUsage().maxRSS / 1024 }
}

function timed<T>(work: () => T): [T, number] {
  const start = performance.now()
  const result = work()
  return [result, (performance.now() - start) / 1000]
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(fitOnce(JSON.parse(process.argv[2])))}\n`)
