/** What a host or a command writes besides its answer, wired up from its configuration: one sink, and all that leads into it. */
import type { Log } from '../shared/adapters/http/log.ts'
import { batchSink, type SinkWriter } from '../shared/adapters/sinks/batching.ts'
import { makeFeatureCounter } from '../shared/adapters/sinks/feature-counter.ts'
import { openSink } from '../shared/adapters/sinks/open-sink.ts'
import { makePredictionLog, type PredictionLog } from '../shared/adapters/sinks/prediction-log.ts'
import { makeRecords, type Records } from '../shared/adapters/sinks/records.ts'
import { withinTime } from '../shared/adapters/time-limit.ts'
import type { Config } from './config.ts'

export interface Outputs {
  /** To be closed before the process ends. */
  readonly writer: SinkWriter
  readonly predictions: PredictionLog
  readonly records: Records
  /** For /health: what the sink has lost; undefined: nothing. */
  readonly details: () => Readonly<Record<string, unknown>> | undefined
}

export interface OutputsOptions {
  readonly config: Pick<Config, 'contract' | 'sinkUri' | 'bigqueryApiEndpoint'>
  readonly log: Pick<Log, 'warn'>
}

const PROFILE_MS = 2_000

export function openOutputs({ config, log }: OutputsOptions): Outputs {
  const sink = openSink(config.sinkUri, { bigqueryApiEndpoint: config.bigqueryApiEndpoint })
  const now = () => new Date()
  const writer: SinkWriter = batchSink(sink, { log, beforeClose: async () => counter?.flush() })
  const counter = sink.uri === 'none' ? undefined : makeFeatureCounter(writer, { log, now })
  const settle = async (): Promise<void> => {
    // A profile may still be on its way; one that hangs is not waited for.
    if (counter !== undefined) await withinTime(PROFILE_MS, counter.flush(), () => {})
    await writer.flush()
  }
  return {
    writer,
    predictions: makePredictionLog(writer, counter),
    records: makeRecords({ sink, writer, modelName: config.contract, now, settle }),
    details() {
      const { rows, reason } = writer.losses
      return rows === 0 ? undefined : { sink: { lost_rows: rows, waiting_rows: writer.waiting, reason } }
    },
  }
}
