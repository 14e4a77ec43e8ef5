/**
 * POST /monitor: metrics history and drift report in, the plan out, the same one that `npm run monitor` writes. Each of
 * the two comes in the body, or by a key inside the configured store; one that is absent is read from the sink, or else at
 * its usual key. A sink that cannot be read is 503, not one that has nothing: a stale file would be judged as today's.
 */
import { prefers } from '../shared/adapters/http/accept.ts'
import type { Handler } from '../shared/adapters/http/handler.ts'
import { planToYaml } from '../shared/adapters/monitor/plan-to-yaml.ts'
import { type ReadBytes, readDrift, readMetrics } from '../shared/adapters/monitor/read-evidence.ts'
import { type Monitoring, publishedFields } from '../shared/adapters/monitoring/cloud-monitoring.ts'
import type { ModelStore } from '../shared/adapters/registry/model-store.ts'
import type { Records } from '../shared/adapters/sinks/records.ts'
import type { Storage } from '../shared/adapters/storage/storage.ts'
import { parseContract } from '../shared/core/contract/contract.ts'
import { DEFAULT_MONITOR_RULES, type MonitorRules } from '../shared/core/contract/monitoring-rules.ts'
import { AppError, quoteValue } from '../shared/core/errors.ts'
import { MANIFEST_FILE } from '../shared/core/model/manifest.ts'
import {
  type DriftEvidence,
  type MissingDrift,
  parseDriftReport,
  parseDriftText,
} from '../shared/core/monitor/drift-evidence.ts'
import { planGauges } from '../shared/core/monitor/gauges.ts'
import { type MetricsHistory, parseMetricsList } from '../shared/core/monitor/metrics-history.ts'
import { makePlan } from '../shared/core/monitor/rules.ts'
import { isStoreKey, readStoreKey } from './store-key.ts'

/** Where the store has the two when a request does not say. */
export const METRICS_KEY = 'monitor/metrics.jsonl'
export const DRIFT_KEY = 'drift/latest.json'

export interface MonitorDeps {
  /** What keys lead into. */
  readonly storage: Pick<Storage, 'read'>
  readonly loadRules: () => Promise<MonitorRules>
  /** Absent: there is no sink. */
  readonly records?: Records
  /** Absent: the plan's numbers are published nowhere. */
  readonly publish?: Monitoring['publish']
}

export function makeMonitor({ storage, loadRules, records, publish }: MonitorDeps): Handler {
  const read: ReadBytes = key => readStoreKey(key, name => storage.read(name))
  return async ({ body, headers }) => {
    const { metrics, drift } = partsOf(body)
    const measured = metrics === undefined ? await records?.history() : undefined
    const sink = records?.hasSink ? 'the sink has none' : 'there is no sink'
    const history = measured ?? (await historyOf(metrics, { read, sink }))
    const latest = drift === undefined ? await records?.latestDrift() : undefined
    const evidence =
      latest === undefined
        ? await driftOf(drift, { read, sink })
        : parseDriftText(latest, 'the latest drift report of the sink')
    const plan = makePlan({ history, drift: evidence, rules: await loadRules() })
    const judged = history.points.at(-1)
    const [published] = await Promise.all([publish?.(planGauges(plan, judged)), records?.keepPlan(plan, judged)])
    const seen = { monitor_status: plan.status, points: history.points.length, ...publishedFields(published) }
    const answer = { status: 200, body: plan, log: seen }
    if (!prefers(headers.accept, 'application/yaml', 'application/json')) return answer
    return { ...answer, headers: { 'content-type': 'application/yaml' }, text: await planToYaml(plan) }
  }
}

/** The bounds of the champion's contract; the usual ones while there is no champion. */
export async function loadMonitorRules(store: ModelStore): Promise<MonitorRules> {
  const champion = await store.champion()
  if (!champion) return DEFAULT_MONITOR_RULES
  const { contract } = await store.manifest(champion)
  return parseContract(contract, `${champion.version}/${MANIFEST_FILE}`).monitor
}

interface Parts {
  readonly metrics?: unknown
  readonly drift?: unknown
}

const PARTS = ['metrics', 'drift']

/** No body at all is `{}`: a scheduler's empty POST asks for the usual keys. */
function partsOf(body: unknown = {}): Parts {
  const allowed = 'send an object with metrics and drift, each inline or a key of the store, or {}'
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new AppError('USAGE', `the body is ${quoteValue(body)}; ${allowed}`)
  }
  const stranger = Object.keys(body).find(name => !PARTS.includes(name))
  if (stranger !== undefined) throw new AppError('USAGE', `the body has the key ${quoteValue(stranger)}; ${allowed}`)
  return body
}

/** Where to look for what a request does not bring inline. */
interface Places {
  readonly read: ReadBytes
  /** What the sink said of it, when it was asked. */
  readonly sink: string
}

async function historyOf(metrics: unknown, { read, sink }: Places): Promise<MetricsHistory> {
  if (Array.isArray(metrics)) return parseMetricsList(metrics, 'metrics')
  const allowed = 'send a list of points, or the key of a file of JSON Lines in the store'
  if (metrics !== undefined && !isStoreKey(metrics)) {
    throw new AppError('USAGE', `metrics is ${quoteValue(metrics)}; ${allowed}`)
  }
  try {
    return await readMetrics(metrics ?? METRICS_KEY, read)
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'NOT_FOUND')) throw error
    const came = metrics === undefined ? `absent, ${sink}` : quoteValue(metrics)
    // Not 404, which is a wrong path: the path is right and the body is not.
    throw new AppError('USAGE', `metrics is ${came}, and ${error.message}; ${allowed}`)
  }
}

/** null says that there is no report, also where the store has one. */
async function driftOf(drift: unknown, { read, sink }: Places): Promise<DriftEvidence | MissingDrift> {
  if (drift === null) return { missing: 'the request says there is none' }
  if (drift === undefined) {
    const kept = await readDrift(DRIFT_KEY, read)
    return 'missing' in kept ? { missing: `${sink}, and ${kept.missing}` } : kept
  }
  if (isStoreKey(drift)) return readDrift(drift, read)
  if (typeof drift === 'string') {
    throw new AppError('USAGE', `drift is ${quoteValue(drift)}; send a drift report, or its key in the store`)
  }
  return parseDriftReport(drift, 'drift')
}
