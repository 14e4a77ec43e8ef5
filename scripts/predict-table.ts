/**
 * The work behind `npm run predict`: a table to answers, piece by piece, each written and logged before the next. The answers
 * appear under their name only when all are there; a command that was stopped leaves none.
 */
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Prediction, predictionsOf } from '../functions/predict.ts'
import type { NamedModel } from '../shared/adapters/registry/named-model.ts'
import { type ScoredPiece, scoreRows } from '../shared/adapters/registry/score-rows.ts'
import type { SinkWriter } from '../shared/adapters/sinks/batching.ts'
import type { PredictionLog } from '../shared/adapters/sinks/prediction-log.ts'
import { readLabelledTable } from '../shared/adapters/tables/read-labelled.ts'
import { readTable } from '../shared/adapters/tables/read-table.ts'
import { parseContract } from '../shared/core/contract/contract.ts'
import { AppError } from '../shared/core/errors.ts'
import { MANIFEST_FILE, type ModelManifest } from '../shared/core/model/manifest.ts'
import { encodeTable, type FeatureMatrix } from '../shared/core/preprocess/preprocessor.ts'
import type { OutcomeRow } from '../shared/core/sink/sink-tables.ts'
import { labelsByClasses } from '../shared/core/table/target.ts'
import { type Progress, readingBar } from './progress.ts'

interface AnswerRow extends Prediction {
  readonly request_id: string
  readonly row_index: number
}

export interface AnswerFormat {
  readonly header: string
  line(row: AnswerRow): string
}

/** By the ending of the file's name. */
export const ANSWER_FORMATS: Readonly<Partial<Record<string, AnswerFormat>>> = {
  '.csv': {
    header: 'request_id,row_index,probability,class\n',
    line: row => `${row.request_id},${row.row_index},${row.probability},${quoteCell(String(row.class))}\n`,
  },
  '.jsonl': { header: '', line: row => `${JSON.stringify(row)}\n` },
}

export interface PredictTableSettings {
  readonly data: string
  readonly out: string
  readonly format: AnswerFormat
  /** Rows from the top; undefined: all. */
  readonly limit: number | undefined
  readonly labelled: boolean
  readonly requestId: string
  readonly writer: Pick<SinkWriter, 'add' | 'flush' | 'waiting'>
  readonly predictions: PredictionLog
  readonly progress: Progress
}

/** Rows in one call of the runtime, and in one step of the log. */
const ROWS_PER_CALL = 5_000
/** Rows that may wait for the sink before the next piece is scored. */
const MOST_WAITING = 20_000
/** Longest wait for the sink before going on without what it loses. */
const SINK_MS = 60_000

export async function predictTable(
  model: NamedModel,
  settings: PredictTableSettings,
): Promise<{ rows: number; positive: number }> {
  const { out, format, limit, progress, requestId } = settings
  const { manifest } = model
  const { matrix, labels } = await readRows(manifest, settings)
  const rows = Math.min(matrix.rowCount, limit ?? matrix.rowCount)
  const wanted = { ...matrix, rowCount: rows }
  let positive = 0
  await writeWhole(out, async write => {
    await write(format.header)
    const onPiece = async (piece: ScoredPiece): Promise<void> => {
      const answers = predictionsOf(manifest, piece.probabilities)
      positive += answers.filter(answer => answer.class === manifest.classes[1]).length
      const lines = answers.map((answer, i) =>
        format.line({ request_id: requestId, row_index: piece.from + i, ...answer }),
      )
      await write(lines.join(''))
      await logPiece(manifest, { piece, answers, labels }, settings)
    }
    progress.start('scoring', wanted.rowCount)
    const onRows = (rows: number) => progress.update(rows)
    await scoreRows(model, wanted, { onRows, onPiece, rowsPerCall: ROWS_PER_CALL })
  })
  return { rows, positive }
}

interface Rows {
  readonly matrix: FeatureMatrix
  /** undefined: nobody says what came true. */
  readonly labels?: Uint8Array
}

async function readRows(manifest: ModelManifest, { data, labelled, progress }: PredictTableSettings): Promise<Rows> {
  const contract = parseContract(manifest.contract, `${manifest.version}/${MANIFEST_FILE}`)
  const onProgress = readingBar(progress)
  if (!labelled) {
    return {
      matrix: encodeTable(await readTable(data, contract, { columns: 'features', onProgress }), manifest.features),
    }
  }
  const read = await readLabelledTable(data, contract, onProgress)
  const labels = labelsByClasses(read.table, read.contract, manifest.classes)
  return { matrix: encodeTable(read.table, manifest.features), labels }
}

interface Answered {
  readonly piece: ScoredPiece
  readonly answers: readonly Prediction[]
  readonly labels?: Uint8Array
}

async function logPiece(
  { name, version, classes }: ModelManifest,
  { piece, answers, labels }: Answered,
  { requestId, predictions, writer }: PredictTableSettings,
): Promise<void> {
  const asked = { requestId, time: new Date(), modelName: name, modelVersion: version }
  predictions.answered({ ...asked, values: piece.values, predictions: answers, firstRow: piece.from })
  if (labels !== undefined) {
    const outcomeOf = (row: number): OutcomeRow => ({
      time: asked.time.toISOString(),
      request_id: requestId,
      row_index: row,
      model_name: name,
      actual: String(classes[labels[row]]),
      label: labels[row],
    })
    const make = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => outcomeOf(piece.from + from + i))
    writer.add('outcomes', { count: answers.length, make })
  }
  // A command has time, unlike a request: it waits for the sink rather than lose rows.
  if (writer.waiting > MOST_WAITING) await writer.flush(SINK_MS)
}

/** RFC 4180. */
function quoteCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

type Write = (text: string) => Promise<void>

/** Through a file beside it, so that the name never stands for a part. */
async function writeWhole(path: string, work: (write: Write) => Promise<void>): Promise<void> {
  const part = `${path}.part`
  try {
    await mkdir(dirname(path), { recursive: true })
    const stream = createWriteStream(part)
    await once(stream, 'open')
    // Told to whoever writes; without a listener it would end the process.
    stream.on('error', () => {})
    try {
      await work(text => writeTo(stream, text))
    } finally {
      await new Promise<void>(resolve => stream.close(() => resolve()))
    }
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true }).catch(() => {})
    throw asUsage(path, error)
  }
}

function writeTo(stream: WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => stream.write(text, error => (error ? reject(error) : resolve())))
}

/** A folder that cannot be written is the caller's to mend; anything else stays what it is. */
function asUsage(path: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (syscall === undefined || error instanceof AppError) return error
  return new AppError('USAGE', `--out is ${path} (${code}); allowed: a file that can be written`, { cause: error })
}
