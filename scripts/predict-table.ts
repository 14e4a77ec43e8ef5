/**
 * The work behind `npm run predict`: a table of any size to answers, piece by piece, each read, scored, written and logged
 * before the next. The answers appear under their name only when all are there; a command that was stopped leaves none.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, rmSync, type WriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Prediction, predictionsOf } from '../functions/predict.ts'
import { readFeatureBins } from '../shared/adapters/drift/reference-profile.ts'
import type { NamedModel } from '../shared/adapters/registry/named-model.ts'
import { openScorer } from '../shared/adapters/registry/score-rows.ts'
import type { SinkWriter } from '../shared/adapters/sinks/batching.ts'
import type { PredictionLog } from '../shared/adapters/sinks/prediction-log.ts'
import { readPieces } from '../shared/adapters/tables/read-pieces.ts'
import { type Contract, type Feature, parseContract } from '../shared/core/contract/contract.ts'
import { AppError } from '../shared/core/errors.ts'
import { MANIFEST_FILE, type ModelManifest } from '../shared/core/model/manifest.ts'
import { encodeTable } from '../shared/core/preprocess/preprocessor.ts'
import type { OutcomeRow } from '../shared/core/sink/sink-tables.ts'
import type { Table } from '../shared/core/table/table.ts'
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
  /** Rows from the top; what comes after them is not read. undefined: all. */
  readonly limit: number | undefined
  readonly labelled: boolean
  readonly requestId: string
  readonly writer: Pick<SinkWriter, 'add' | 'flush' | 'waiting'>
  readonly predictions: PredictionLog
  readonly progress: Progress
  /** Told how many rows are scored and logged when something ends the work; then there are no answers. */
  readonly onFailure: (rows: number) => void
}

/** Rows in one call of the runtime, at least. */
const ROWS_PER_PIECE = 5_000
/** Rows in one step of the log: a piece of short rows is more than the sink takes at once. */
const ROWS_PER_STEP = 5_000
/** Rows that may wait for the sink before the next step. */
const MOST_WAITING = 20_000
/** Longest wait for the sink before going on without what it loses. */
const SINK_MS = 60_000

export async function predictTable(
  model: NamedModel,
  settings: PredictTableSettings,
): Promise<{ rows: number; positive: number }> {
  const { data, out, format, limit, labelled, progress, requestId, onFailure } = settings
  const { manifest } = model
  const contract = contractOfRows(manifest)
  const score = await openScorer(model)
  let [rows, positive] = [0, 0]
  try {
    await writeWhole(out, async write => {
      await write(format.header)
      const onPiece = async (table: Table, from: number): Promise<void> => {
        const { values } = encodeTable(table, manifest.features)
        const labels = labelled ? labelsByClasses(table, contract, manifest.classes, { firstRow: from }) : undefined
        const answers = predictionsOf(manifest, await score(values, table.rowCount))
        const lines = answers.map((answer, i) => format.line({ request_id: requestId, row_index: from + i, ...answer }))
        await write(lines.join(''))
        await logPiece(model, { from, values, answers, labels }, settings)
        rows += answers.length
        positive += answers.filter(answer => answer.class === manifest.classes[1]).length
      }
      await readPieces(data, contract, {
        columns: labelled ? 'all' : 'features',
        rowsPerPiece: ROWS_PER_PIECE,
        onPiece,
        onProgress: readingBar(progress),
        ...(limit === undefined ? {} : { maxRows: limit }),
      })
    })
  } catch (error) {
    onFailure(rows)
    throw error
  }
  return { rows, positive }
}

/**
 * The model's contract, of which only features are read, and the target when it is asked for. Categories have no values but
 * those that the model knows: others are refused where they stand.
 */
function contractOfRows({ contract, version, features }: ModelManifest): Contract {
  const { weight, ...rest } = parseContract(contract, `${version}/${MANIFEST_FILE}`)
  const levels = new Map(features.map(spec => [spec.name, spec.kind === 'category' ? spec.levels : undefined]))
  const known = rest.features.map((feature): Feature => {
    const values = levels.get(feature.name)
    return feature.type === 'category' && values !== undefined ? { ...feature, values } : feature
  })
  const unread = [...rest.ignore, ...rest.sensitive.map(({ name }) => name), ...(weight === undefined ? [] : [weight])]
  return { ...rest, features: known, sensitive: [], ignore: unread }
}

interface Answered {
  /** Place of the first row in the table. */
  readonly from: number
  readonly values: Float32Array
  readonly answers: readonly Prediction[]
  readonly labels?: Uint8Array
}

async function logPiece(model: NamedModel, piece: Answered, settings: PredictTableSettings): Promise<void> {
  const { from, values, answers, labels } = piece
  const width = values.length / answers.length
  for (let start = 0; start < answers.length; start += ROWS_PER_STEP) {
    const end = Math.min(answers.length, start + ROWS_PER_STEP)
    const step = {
      from: from + start,
      values: values.subarray(start * width, end * width),
      answers: answers.slice(start, end),
      ...(labels && { labels: labels.subarray(start, end) }),
    }
    logStep(model, step, settings)
    // A command has time, unlike a request: it waits for the sink rather than lose rows.
    if (settings.writer.waiting > MOST_WAITING) await settings.writer.flush(SINK_MS)
  }
}

function logStep(
  model: NamedModel,
  { from: firstRow, values, answers, labels }: Answered,
  { requestId, predictions, writer }: PredictTableSettings,
): void {
  const { name, version, classes } = model.manifest
  const loadBins = () => readFeatureBins(model)
  const asked = { requestId, time: new Date(), modelName: name, modelVersion: version }
  predictions.answered({ ...asked, loadBins, values, predictions: answers, firstRow })
  if (labels === undefined) return
  const outcomeOf = (row: number): OutcomeRow => ({
    time: asked.time.toISOString(),
    request_id: requestId,
    row_index: firstRow + row,
    model_name: name,
    actual: String(classes[labels[row]]),
    label: labels[row],
  })
  const make = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => outcomeOf(from + i))
  writer.add('outcomes', { count: answers.length, make })
}

/** RFC 4180. */
function quoteCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

type Write = (text: string) => Promise<void>

/**
 * Through a file beside it, so that the name never stands for a part; of a name of its own, so that two commands with one
 * target do not write into each other's.
 */
async function writeWhole(path: string, work: (write: Write) => Promise<void>): Promise<void> {
  // Else known only when everything is scored.
  if ((await stat(path).catch(() => undefined))?.isDirectory()) {
    throw new AppError('USAGE', `--out is ${path}, which is a folder; allowed: a file that can be written`)
  }
  const part = `${path}.${randomUUID().slice(0, 8)}.part`
  const leaveNothing = (signal: NodeJS.Signals): void => {
    rmSync(part, { force: true })
    // This listener is gone by now, so the signal ends the process as it would have.
    process.kill(process.pid, signal)
  }
  for (const signal of SIGNALS) process.once(signal, leaveNothing)
  try {
    await mkdir(dirname(path), { recursive: true })
    const stream = createWriteStream(part, { flush: true })
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
  } finally {
    for (const signal of SIGNALS) process.off(signal, leaveNothing)
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

function writeTo(stream: WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => stream.write(text, error => (error ? reject(error) : resolve())))
}

/** A folder that cannot be written is the caller's to mend; anything else stays what it is. */
function asUsage(path: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (syscall === undefined || error instanceof AppError) return error
  return new AppError('USAGE', `--out is ${path} (${code}); allowed: a file that can be written`, { cause: error })
}
