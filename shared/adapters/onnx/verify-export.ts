/**
 * Proves an export before it is registered: both ONNX files, run by onnxruntime, must repeat our own probabilities on the
 * held-out rows, or on MOST_ROWS of them, evenly spaced. A model that cannot be repeated is refused with EXPORT_MISMATCH.
 */
import { AppError } from '../../core/errors.ts'
import { decodeMatrix } from '../../core/preprocess/decode.ts'
import { selectMatrixRows } from '../../core/preprocess/labelled-matrix.ts'
import { spreadRows } from '../../core/table/split.ts'
import type { TrainedModel } from '../../core/train/train-model.ts'
import { openPortableSession, openSession } from './session.ts'

/** onnxruntime on one thread repeats the very bits; another build of its kernels may round the last one otherwise. */
const TOLERANCE = 1e-6

/** More repeat the same branches; the runtime is the slowest step of a large training. */
const MOST_ROWS = 100_000

/** Both files and what they must answer. */
export interface ExportedModel extends Pick<TrainedModel, 'model' | 'portableModel'> {
  readonly heldOut: Pick<TrainedModel['heldOut'], 'matrix' | 'probabilities'>
}

export interface ExportCheck {
  readonly rows: number
  /** Over both files. */
  readonly max_abs_difference: number
}

export async function verifyExport(trained: ExportedModel): Promise<ExportCheck> {
  const { matrix, probabilities } = spread(trained.heldOut)
  const session = await openSession(trained.model)
  const portable = await openPortableSession(trained.portableModel)
  const answers = [
    await session.run(matrix.values, matrix.rowCount),
    await portable.run(decodeMatrix(matrix), matrix.rowCount),
  ]
  let most = 0
  for (const answer of answers) {
    probabilities.forEach((own, row) => {
      most = Math.max(most, Number.isNaN(answer[row]) ? 1 : Math.abs(own - answer[row]))
    })
  }
  if (most > TOLERANCE) {
    throw new AppError(
      'EXPORT_MISMATCH',
      `the exported model differs from the trained one by ${most} on ${matrix.rowCount} held-out rows; allowed: ${TOLERANCE}. Nothing was registered`,
    )
  }
  return { rows: matrix.rowCount, max_abs_difference: most }
}

function spread({ matrix, probabilities }: ExportedModel['heldOut']): ExportedModel['heldOut'] {
  if (matrix.rowCount <= MOST_ROWS) return { matrix, probabilities }
  const all = Uint32Array.from({ length: matrix.rowCount }, (_, row) => row)
  const rows = spreadRows(all, MOST_ROWS)
  return { matrix: selectMatrixRows(matrix, rows), probabilities: Float32Array.from(rows, row => probabilities[row]) }
}
