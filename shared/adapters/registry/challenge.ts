/**
 * A challenger meets the champion: both answer the challenger's held-out rows, as far as neither was trained on them, and
 * core/train/gate.ts says which is better. A champion that cannot be compared (another question, other inputs, damaged) is
 * no reason to replace it: the gate refuses and says why.
 */
import { isDeepStrictEqual } from 'node:util'
import { AppError } from '../../core/errors.ts'
import type { SensitiveValues } from '../../core/fairness/groups.ts'
import type { ModelManifest } from '../../core/model/manifest.ts'
import { selectLabelledRows, selectMatrixRows } from '../../core/preprocess/labelled-matrix.ts'
import type { FeatureMatrix } from '../../core/preprocess/preprocessor.ts'
import { type RecodedMatrix, recodeMatrix } from '../../core/preprocess/recode.ts'
import { selectColumnRows } from '../../core/table/table.ts'
import { type GateReport, judgeChallenger, refuseUncompared } from '../../core/train/gate.ts'
import type { GateRules } from '../../core/train/gate-request.ts'
import type { ChampionPointer } from './champion-pointer.ts'
import type { ModelStore } from './model-store.ts'
import { scoreRows } from './score-rows.ts'
import { findUnseenRows, type HeldOutBy, type UnseenRows } from './unseen-rows.ts'

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
  /** How the rows were held out; absent: they are all rows of another table. */
  readonly heldOutBy?: HeldOutBy
  /** The challenger's run. */
  readonly rules: GateRules
  readonly seed: number
}

/** Compares with a version of the store, or with the champion that a pointer names. */
export async function compareWith(
  store: ModelStore,
  opponent: string | ChampionPointer,
  challenger: Challenger,
): Promise<GateReport> {
  const { manifest, rules, heldOutBy } = challenger
  try {
    const champion = await store.manifest(opponent)
    const why = otherQuestion(champion, challenger)
    if (why) return refuseUncompared(why, rules)
    const matrix = recodeMatrix(challenger.rows.matrix, champion.features)
    if ('unreadable' in matrix) {
      const reason = `${champion.version} cannot answer these rows (${matrix.unreadable.join(', ')})`
      return refuseUncompared(reason, rules)
    }
    const contenders = [
      { manifest: champion, matrix },
      { manifest, matrix: challenger.rows.matrix },
    ] as const
    const unseen = await findUnseenRows(store, contenders, heldOutBy)
    const { kept, note } = matrix.refused ? leaveOutRefused(unseen, matrix.refused, champion.version) : unseen
    const rows = kept ? selectJudgedRows(challenger.rows, kept) : challenger.rows
    const readFile = (name: string) => store.readFile(champion, name)
    const probabilities = await scoreRows(
      { manifest: champion, readFile },
      kept ? selectMatrixRows(matrix, kept) : matrix,
    )
    const report = judgeChallenger({
      ...challenger,
      ...rows,
      champion: { probabilities, threshold: champion.threshold },
      challenger: { probabilities: rows.probabilities, threshold: manifest.threshold },
    })
    return note ? withNote(report, note) : report
  } catch (error) {
    if (error instanceof AppError && error.code === 'MODEL_CORRUPT') return refuseUncompared(error.message, rules)
    throw error
  }
}

/** Why the champion answers another question than the challenger, or cannot be held to what it is judged by. */
function otherQuestion(champion: ModelManifest, { manifest, rows }: Challenger): string | undefined {
  const { version } = champion
  if (champion.name !== manifest.name) {
    return `${version} is of the contract ${champion.name}, the challenger of ${manifest.name}`
  }
  const [theirTarget, ourTarget] = [champion, manifest].map(({ contract }) => contract.target.column)
  if (theirTarget !== ourTarget) return `${version} answers ${theirTarget}, the challenger ${ourTarget}`
  if (!isDeepStrictEqual(champion.classes, manifest.classes)) {
    const [theirs, ours] = [champion, manifest].map(({ classes }) => classes.join(' and '))
    return `${version} tells ${theirs} apart, the challenger ${ours}`
  }
  const declared = [champion, manifest].flatMap(({ contract }) => Object.keys(contract.sensitive ?? {}))
  const missing = [...new Set(declared)].filter(column => rows.sensitive.every(({ name }) => name !== column))
  if (missing.length > 0) return `the rows have no ${missing.join(', ')}, whose groups the gate judges`
  return undefined
}

/** Rows that the champion would refuse say nothing about who answers better. */
function leaveOutRefused(
  { kept, note }: UnseenRows,
  { rows, columns }: NonNullable<RecodedMatrix['refused']>,
  version: string,
): UnseenRows {
  const left = (kept ?? Uint32Array.from(rows, (_, row) => row)).filter(row => rows[row] === 0)
  const count = rows.reduce((sum, refused) => sum + refused, 0)
  const own = `${count} of ${rows.length} rows are left out, for ${version} does not know their ${columns.join(', ')}`
  return { kept: left, note: note ? `${note}; ${own}` : own }
}

function selectJudgedRows({ matrix, labels, probabilities, sensitive }: JudgedRows, kept: Uint32Array): JudgedRows {
  return {
    ...selectLabelledRows({ matrix, labels }, kept),
    probabilities: Float32Array.from(kept, row => probabilities[row]),
    sensitive: sensitive.map(values => ({ ...values, column: selectColumnRows(values.column, kept) })),
  }
}

function withNote(report: GateReport, note: string): GateReport {
  return { ...report, note, reason: report.compared ? report.reason : `${report.reason}; ${note}` }
}
