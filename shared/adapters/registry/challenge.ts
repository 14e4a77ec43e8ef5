/**
 * A challenger meets the champion: both answer the challenger's held-out rows, and core/train/gate.ts says which is better.
 * A champion that cannot answer them (other inputs, other classes, damaged) is no reason to replace it: the gate refuses
 * and says why.
 */
import { isDeepStrictEqual } from 'node:util'
import { AppError } from '../../core/errors.ts'
import type { SensitiveValues } from '../../core/fairness/groups.ts'
import type { ModelManifest } from '../../core/model/manifest.ts'
import type { FeatureMatrix } from '../../core/preprocess/preprocessor.ts'
import { recodeMatrix } from '../../core/preprocess/recode.ts'
import { type GateReport, judgeChallenger, refuseUncompared } from '../../core/train/gate.ts'
import type { GateRules } from '../../core/train/gate-request.ts'
import type { ChampionPointer } from './champion-pointer.ts'
import type { ModelStore } from './model-store.ts'
import { scoreRows } from './score-rows.ts'

/** Rows that the challenger was not trained on, encoded by it, with its answers. */
export interface JudgedRows {
  readonly matrix: FeatureMatrix
  readonly labels: Uint8Array
  readonly probabilities: Float32Array
  readonly sensitive: readonly SensitiveValues[]
}

export interface Challenger {
  readonly manifest: ModelManifest
  readonly rows: JudgedRows
  /** The challenger's run. */
  readonly rules: GateRules
  readonly seed: number
}

/** Compares with a version of the store, or with the champion that a pointer names. */
export async function compareWith(
  store: ModelStore,
  opponent: string | ChampionPointer,
  { manifest, rows, rules, seed }: Challenger,
): Promise<GateReport> {
  try {
    const champion = await store.manifest(opponent)
    if (!isDeepStrictEqual(champion.classes, manifest.classes)) {
      const [theirs, ours] = [champion, manifest].map(({ classes }) => classes.join(' and '))
      return refuseUncompared(`${champion.version} tells ${theirs} apart, the challenger ${ours}`, rules)
    }
    const matrix = recodeMatrix(rows.matrix, champion.features)
    if ('unreadable' in matrix) {
      const why = `${champion.version} cannot answer these rows (${matrix.unreadable.join(', ')})`
      return refuseUncompared(why, rules)
    }
    const readFile = (name: string) => store.readFile(champion, name)
    const probabilities = await scoreRows({ manifest: champion, readFile }, matrix)
    const { labels, sensitive } = rows
    return judgeChallenger({
      champion: { probabilities, threshold: champion.threshold },
      challenger: { probabilities: rows.probabilities, threshold: manifest.threshold },
      labels,
      sensitive,
      rules,
      seed,
    })
  } catch (error) {
    if (error instanceof AppError && error.code === 'MODEL_CORRUPT') return refuseUncompared(error.message, rules)
    throw error
  }
}
