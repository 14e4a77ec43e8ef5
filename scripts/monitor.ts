/** `npm run monitor`: observes metrics and drift, writes the plan and, only with --act, does what it recommends. */
import { basename, dirname } from 'node:path'
import { type Config, isHttpUrl, parseConfig } from '../functions/config.ts'
import { openOutputs } from '../functions/outputs.ts'
import type { Deeds } from '../shared/adapters/actions/act-on-plan.ts'
import { readBytes } from '../shared/adapters/files/read-bytes.ts'
import { readContract } from '../shared/adapters/files/read-contract.ts'
import { planToYaml } from '../shared/adapters/monitor/plan-to-yaml.ts'
import { readDrift, readMetrics } from '../shared/adapters/monitor/read-evidence.ts'
import type { SinkWriter } from '../shared/adapters/sinks/batching.ts'
import type { Records } from '../shared/adapters/sinks/records.ts'
import { openLocal } from '../shared/adapters/storage/local.ts'
import type { Contract } from '../shared/core/contract/contract.ts'
import { AppError, quoteValue } from '../shared/core/errors.ts'
import { type DriftEvidence, type MissingDrift, parseDriftText } from '../shared/core/monitor/drift-evidence.ts'
import { planGauges } from '../shared/core/monitor/gauges.ts'
import { type MetricsHistory, type MetricsPoint, pointsUntil } from '../shared/core/monitor/metrics-history.ts'
import type { Plan } from '../shared/core/monitor/plan.ts'
import { makePlan } from '../shared/core/monitor/rules.ts'
import { formatTimestamp, parseTimestampUs, TIMESTAMP_FORMAT } from '../shared/core/monitor/timestamp.ts'
import { plural } from '../shared/core/problem-list.ts'
import { carryOut } from './carry-out.ts'
import { defineCommand, runCommand, type Terminal } from './cli.ts'
import { publishGauges } from './publish-gauges.ts'
import { recordOutcomes } from './record-outcomes.ts'

/** Where the two are when neither a name nor the sink gives them. */
const METRICS_FILE = 'data/metrics_history.jsonl'
const DRIFT_FILE = 'data/drift_latest.json'

export const monitorCommand = defineCommand({
  name: 'monitor',
  summary: 'Judges the served model by its metrics history and the latest drift report, and writes a plan.',
  example:
    'npm run monitor -- --metrics data/metrics_history.jsonl --drift data/drift_latest.json --out artifacts/agent_plan.yaml',
  options: {
    metrics: {
      type: 'string',
      placeholder: 'FILE',
      description: `metrics history, JSON Lines (default: what the sink measured, else ${METRICS_FILE})`,
    },
    drift: {
      type: 'string',
      placeholder: 'FILE',
      description: `drift report (default: the latest of the sink, else ${DRIFT_FILE})`,
    },
    outcomes: {
      type: 'string',
      placeholder: 'FILE',
      description: 'first record what came true: a table of request_id, row_index and the target column',
    },
    out: { type: 'string', placeholder: 'FILE', description: 'the plan', default: 'artifacts/agent_plan.yaml' },
    contract: {
      type: 'string',
      placeholder: 'NAME|FILE',
      description: 'whose bounds hold (default: CONTRACT, else churn)',
    },
    now: {
      type: 'string',
      placeholder: 'TIME',
      description: 'leave out later points and tell stale data (default: no limit)',
    },
    'fail-on-critical': { type: 'boolean', description: 'exit code 1 when the status is critical' },
    act: {
      type: 'boolean',
      description:
        'do what the plan recommends, once: tell the webhook, go back in the registry, train; not by the default files',
    },
    webhook: {
      type: 'string',
      placeholder: 'URL',
      description: 'where --act posts incidents (default: INCIDENT_WEBHOOK_URL)',
    },
    audit: {
      type: 'string',
      placeholder: 'FILE',
      description: 'what --act has done, JSON Lines',
      default: 'artifacts/monitor_actions.jsonl',
    },
  },
  async run(args, terminal) {
    const config = parseConfig()
    const webhook = webhookOf(args.webhook, config)
    const nowUs = parseNow(args.now)
    const contract = await readContract(args.contract ?? config.contract, { root: '' })
    const { records, writer } = openOutputs({
      config: { ...config, contract: contract.name },
      log: { warn: message => terminal.note(message) },
    })
    let plan: Plan
    let latest: MetricsPoint | undefined
    try {
      if (args.outcomes !== undefined) await recordAll(args.outcomes, { contract, config, writer, terminal })
      const { history, drift } = await readEvidence(args, records, terminal)
      plan = makePlan({ history, drift, rules: contract.monitor, nowUs })
      await writePlan(plan, args.out)
      latest = pointsUntil(history.points, nowUs ?? Number.POSITIVE_INFINITY).kept.at(-1)
      await records.keepPlan(plan, latest)
    } finally {
      await writer.close()
    }
    await publishGauges(planGauges(plan, latest), { config, contract: contract.name, terminal })
    let deeds: Deeds | undefined
    if (args.act) {
      deeds = await carryOut(plan, {
        config,
        contract: contract.name,
        trainOn: args.contract ?? config.contract,
        webhook,
        latest: latest && formatTimestamp(latest.timeUs),
        auditLog: args.audit,
        onOutput: text => terminal.note(text.trimEnd()),
      })
    }
    terminal.result(deeds ? { ...plan, deeds } : plan, describe(plan, args.out, deeds))
    const hasFailed = deeds?.lines.some(({ outcome }) => outcome === 'failed') ?? false
    return hasFailed || (args['fail-on-critical'] && plan.status === 'critical') ? 1 : 0
  },
})

interface Recording {
  readonly contract: Contract
  readonly config: Pick<Config, 'sinkUri'>
  readonly writer: SinkWriter
  readonly terminal: Pick<Terminal, 'note'>
}

/** What is not written would be judged as not known. A second try does no harm: of several outcomes the latest counts. */
async function recordAll(path: string, { contract, config, writer, terminal }: Recording): Promise<void> {
  if (config.sinkUri === 'none') throw new AppError('USAGE', '--outcomes needs a sink, and SINK_URI is none')
  const rows = await recordOutcomes({ path, contract, writer, now: new Date() })
  const lost = writer.losses.rows + writer.waiting
  if (lost > 0) {
    const reason = writer.losses.reason ?? 'the sink takes too long'
    throw new AppError('SINK_FAILED', `${lost} of ${rows} rows of ${path} are not recorded: ${reason}`)
  }
  terminal.note(`outcomes: ${rows} rows of ${path} recorded`)
}

interface Named {
  readonly metrics: string | undefined
  readonly drift: string | undefined
  readonly act: boolean
}

/**
 * What was named; else what the sink has; else the usual files, but not for --act: they may be the seeded ones. A sink that
 * cannot be read is an error, not one that has nothing.
 */
async function readEvidence({ metrics, drift, act }: Named, records: Records, { note }: Pick<Terminal, 'note'>) {
  return { history: await readHistory(), drift: await readDriftEvidence() }

  async function readHistory(): Promise<MetricsHistory> {
    if (metrics !== undefined) return readMetrics(metrics, readBytes)
    const measured = await records.history()
    if (measured === undefined && act)
      throw new AppError('USAGE', '--act has nothing to go by: the sink has no metrics; name some with --metrics')
    const history = measured ?? (await readUsualMetrics(records))
    note(`metrics: ${measured ? `${plural(measured.points.length, 'point')} of the sink` : METRICS_FILE}`)
    return history
  }

  async function readDriftEvidence(): Promise<DriftEvidence | MissingDrift> {
    if (drift !== undefined) return readDrift(drift, readBytes)
    const report = await records.latestDrift()
    if (report === undefined && act) return { missing: 'the sink has none' }
    const evidence =
      report === undefined
        ? await readDrift(DRIFT_FILE, readBytes)
        : parseDriftText(report, 'the latest drift report of the sink')
    if (!('missing' in evidence)) note(`drift: ${report === undefined ? DRIFT_FILE : 'the latest report of the sink'}`)
    return evidence
  }
}

async function readUsualMetrics({ hasSink }: Records): Promise<MetricsHistory> {
  try {
    return await readMetrics(METRICS_FILE, readBytes)
  } catch (cause) {
    if (!(cause instanceof AppError && cause.code === 'NOT_FOUND')) throw cause
    const sink = hasSink ? 'the sink has no metrics' : 'there is no sink'
    throw new AppError('NOT_FOUND', `${sink}, and ${cause.message}; name some with --metrics`, { cause })
  }
}

/** The address is a secret, so a wrong one is not repeated. */
function webhookOf(given: string | undefined, config: Config): string | undefined {
  if (given !== undefined && !isHttpUrl(given)) {
    throw new AppError('USAGE', '--webhook is no address; allowed: an http:// or https:// URL')
  }
  return given ?? config.incidentWebhookUrl
}

function parseNow(text: string | undefined): number | undefined {
  const nowUs = text === undefined ? undefined : parseTimestampUs(text)
  if (text !== undefined && nowUs === undefined) {
    throw new AppError('USAGE', `--now is ${quoteValue(text)}; allowed: ${TIMESTAMP_FORMAT}`)
  }
  return nowUs
}

/** The whole old plan or the whole new one, whenever this process ends. */
async function writePlan(plan: Plan, path: string): Promise<void> {
  const text = await planToYaml(plan)
  await openLocal({ root: dirname(path) }).write(basename(path), new TextEncoder().encode(text))
}

function describe(plan: Plan, path: string, deeds: Deeds | undefined): string {
  const told = deeds && [
    ...deeds.lines.map(({ action, outcome, detail }) => `  ${action}: ${outcome}, ${detail}`),
    ...deeds.before.map(action => `  ${action}: nothing to do, it was done before for this very plan`),
    ...deeds.claimed.map(
      action => `  ${action}: left alone, another process is doing it or was stopped while doing it`,
    ),
  ]
  return [
    `${plan.status}: ${plan.actions.join(', ')}`,
    plan.rationale,
    `plan written to ${path}`,
    ...(told === undefined ? [] : told.length > 0 ? told : ['  nothing to act on']),
  ].join('\n')
}

if (import.meta.main) await runCommand(monitorCommand)
