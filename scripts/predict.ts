/** `npm run predict`: scores a whole table with a registered model, writes the answers and logs them as predict does. */
import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { modelUriOf, parseConfig } from '../functions/config.ts'
import { openOutputs } from '../functions/outputs.ts'
import { readContract } from '../shared/adapters/files/read-contract.ts'
import { openModelStore } from '../shared/adapters/registry/model-store.ts'
import { openNamedModel } from '../shared/adapters/registry/named-model.ts'
import { openStorage } from '../shared/adapters/storage/open-storage.ts'
import { AppError, quoteValue } from '../shared/core/errors.ts'
import { defineCommand, runCommand } from './cli.ts'
import { ANSWER_FORMATS, predictTable } from './predict-table.ts'
import { withProgress } from './progress.ts'

/** How long the last rows may take into the sink, after the answers are written. */
const LOG_MS = 60_000

export const predictCommand = defineCommand({
  name: 'predict',
  summary: 'Scores every row of a table and writes one answer for each; the sink (SINK_URI) gets a log of them.',
  example: 'npm run predict -- --data data/churn_shifted_sample.csv --out artifacts/predictions.csv',
  options: {
    data: { type: 'string', placeholder: 'FILE', description: 'the table (required)' },
    out: {
      type: 'string',
      placeholder: 'FILE',
      description: 'the answers, .csv or .jsonl: request_id, row_index, probability, class (required)',
    },
    limit: { type: 'integer', description: 'score only the first N rows', minimum: 1 },
    labelled: {
      type: 'boolean',
      description:
        'the table has its target column: logged as what came true, so that the monitor can judge the answers',
    },
    model: {
      type: 'string',
      placeholder: 'NAME',
      description: 'champion, a version of the registry, or a folder with model.json',
      default: 'champion',
    },
    contract: {
      type: 'string',
      placeholder: 'NAME|FILE',
      description:
        'whose registry is meant (default: CONTRACT, else churn); the table is read by the contract of the model',
    },
  },
  async run({ data, out, limit, labelled, ...args }, terminal) {
    if (data === undefined) throw new AppError('USAGE', '--data is absent; allowed: the table to score')
    if (out === undefined) throw new AppError('USAGE', '--out is absent; allowed: a file that ends in .csv or .jsonl')
    const format = ANSWER_FORMATS[extname(out).toLowerCase()]
    if (format === undefined) {
      throw new AppError('USAGE', `--out is ${quoteValue(out)}; allowed: a file that ends in .csv or .jsonl`)
    }
    if (await isSameFile(data, out)) {
      throw new AppError('USAGE', `--out is ${quoteValue(out)}, which is the table; allowed: another file`)
    }
    const config = parseConfig()
    const { name } = await readContract(args.contract ?? config.contract, { root: '' })
    const store = openModelStore(openStorage(modelUriOf(name), { gcsApiEndpoint: config.gcsApiEndpoint }))
    const model = await openNamedModel(args.model, store)
    const { writer, predictions } = openOutputs({
      config: { ...config, contract: name },
      log: { warn: message => terminal.note(message) },
    })
    const requestId = randomUUID()
    const onFailure = (rows: number): void => {
      if (rows > 0) terminal.note(`${rows} rows were scored as request_id ${requestId}; no answers are written`)
    }
    const startedAt = performance.now()
    const settings = { data, out, format, limit, labelled, requestId, writer, predictions, onFailure }
    const done = await withProgress({ enabled: terminal.interactive }, progress =>
      predictTable(model, { ...settings, progress }),
    ).finally(() => writer.close(LOG_MS))
    const seconds = (performance.now() - startedAt) / 1000
    const lost = writer.losses.rows
    const { version } = model.manifest
    const result = {
      rows: done.rows,
      positive: done.positive,
      out,
      model: version,
      request_id: requestId,
      lost_rows: lost,
    }
    const kept = config.sinkUri === 'none' ? 'not logged (SINK_URI=none)' : `logged to ${config.sinkUri}`
    terminal.result(
      { ...result, seconds },
      [
        `${model.manifest.name} ${version}: ${done.rows} rows in ${seconds.toFixed(1)} s, ${done.positive} called positive`,
        `  written   ${out}`,
        `  log       ${kept}, request_id ${requestId}${lost > 0 ? `; ${lost} rows of it were lost` : ''}`,
      ].join('\n'),
    )
  },
})

/** By whatever names; false when one is not there. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map(path => stat(path, { bigint: true }).catch(() => undefined)))
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev
}

if (import.meta.main) await runCommand(predictCommand)
