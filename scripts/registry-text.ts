/** What `npm run registry` shows: versions, decisions and comparisons, for people. */
import type { Decision } from '../shared/adapters/registry/decision.ts'
import type { ModelStore } from '../shared/adapters/registry/model-store.ts'
import { damageOf, readAll } from '../shared/adapters/registry/read-all.ts'
import type { ModelManifest } from '../shared/core/model/manifest.ts'
import type { GateReport } from '../shared/core/train/gate.ts'

export interface ListedVersion {
  readonly version: string
  readonly created_at: string
  readonly family: string
  /** On its own held-out rows; null where model.json has none. */
  readonly roc_auc: number | null
  readonly champion: boolean
}

export interface Listing {
  readonly registry: string
  /** null: there is none, or its pointer is damaged. */
  readonly champion: string | null
  /** Oldest first, by their own clock. */
  readonly versions: readonly ListedVersion[]
  readonly decisions: readonly Decision[]
  readonly unreadable: readonly string[]
}

export async function readListing(store: ModelStore): Promise<Listing> {
  const { decisions, unreadable } = await store.log()
  const pointer = await store.champion().catch(damageOf)
  // Of a damaged pointer nobody knows whom it names; the log tells of the damage.
  const champion = typeof pointer === 'object' ? pointer.version : null
  const read = await readAll(await store.versions(), version => store.manifest(version))
  const versions = read.flatMap((manifest): ListedVersion[] => {
    if (typeof manifest === 'string') return []
    const { version, created_at, family, metrics } = manifest
    const roc_auc = typeof metrics.roc_auc === 'number' ? metrics.roc_auc : null
    return [{ version, created_at, family, roc_auc, champion: version === champion }]
  })
  versions.sort((a, b) => (a.created_at < b.created_at ? -1 : Number(a.created_at > b.created_at)))
  const damaged = read.filter(manifest => typeof manifest === 'string')
  return { registry: store.uri, champion, versions, decisions, unreadable: [...unreadable, ...damaged] }
}

export function listText({ registry, versions, decisions, unreadable }: Listing): string {
  if (versions.length === 0 && unreadable.length === 0) return `${registry} has no version yet; npm run train makes one`
  const width = Math.max(0, ...versions.map(({ version }) => version.length))
  const rows = versions.map(({ version, created_at, family, roc_auc, champion }) => {
    const auc = roc_auc === null ? '' : `ROC-AUC ${roc_auc.toFixed(4)}`
    const mark = champion ? '*' : ' '
    return `${mark} ${version.padEnd(width)}  ${created_at.slice(0, 16)}  ${family.padEnd(8)}  ${auc}`.trimEnd()
  })
  return [
    `${registry} (* champion)`,
    ...rows,
    '',
    'decisions, newest last (all with their numbers: registry log)',
    ...decisions.slice(-10).map(decision => `  ${decisionLine(decision)}`),
    ...unreadable.map(file => `  WARNING  ${file}`),
  ].join('\n')
}

export function showText(manifest: ModelManifest, decisions: readonly Decision[]): string {
  const { name, version, family, created_at, threshold, calibration, metrics, files } = manifest
  const figures = ['roc_auc', 'pr_auc', 'log_loss', 'ece'].flatMap(figure => {
    const value = metrics[figure]
    return typeof value === 'number' ? [`${figure} ${value.toFixed(4)}`] : []
  })
  return [
    `${name} ${version}: ${family}, made ${created_at}`,
    `  held out    ${figures.join(', ')}`,
    `  threshold   ${threshold}; calibration ${calibration?.method ?? 'none'}`,
    `  files       ${Object.keys(files).join(', ')}`,
    ...(decisions.length === 0 ? ['  decisions   none'] : []),
    ...decisions.flatMap(decision => [`  decision    ${decisionLine(decision)}`, ...checkLines(decision.gate)]),
  ].join('\n')
}

export function comparisonText(challenger: string, champion: string, report: GateReport): string {
  const verdict = report.passed ? 'would be promoted' : 'would be refused'
  return [`${challenger} against ${champion}: ${verdict}`, `  ${report.reason}`, ...checkLines(report)].join('\n')
}

/** One decision with its numbers. */
export function decisionText(decision: Decision): string {
  return [decisionLine(decision), ...checkLines(decision.gate)].join('\n')
}

/** JSON Lines. */
export function logText(decisions: readonly Decision[]): string {
  return decisions.map(decision => JSON.stringify(decision)).join('\n')
}

function decisionLine({ verdict, version, champion, at, by, reason, previous, asked }: Decision): string {
  const place = verdict === 'refused' ? `champion ${champion} stays` : `champion ${champion}`
  const before = previous === undefined ? '' : `, in place of ${previous}`
  return `${at.slice(0, 16)}  ${verdict.replace('_', ' ')} ${version} (${place}${before}) by ${by}${askedText(asked)}: ${reason}`
}

function askedText(asked: Decision['asked']): string {
  if (!asked) return ''
  return ` (asked by ${asked.by}${asked.reason === undefined ? '' : `: ${asked.reason}`})`
}

function checkLines(report: GateReport | undefined): string[] {
  const noteLines = report?.note ? [`    note: ${report.note}`] : []
  if (!report?.compared) return noteLines
  const { metric, losses, rows, positives, not_judged = [] } = report.compared
  const mark = (passed: boolean) => (passed ? 'yes' : 'NO ')
  const bounds = `[${figure(metric.low)}, ${figure(metric.high)}], p ${metric.p?.toPrecision(2) ?? 'unknown'}`
  return [
    `    on ${rows} rows, ${positives} positive`,
    ...noteLines,
    `    ${mark(metric.passed)} ${metric.metric} ${figure(metric.challenger)}, champion ${figure(metric.champion)}: gain ${figure(metric.gain)} ${bounds} (${metric.test}; below ${report.rules.p_value})`,
    ...losses.map(
      loss =>
        `    ${mark(loss.passed)} ${loss.figure} ${figure(loss.challenger)}, champion ${figure(loss.champion)}: ${changeText(loss.loss)} (worse by at most ${loss.limit})`,
    ),
    ...not_judged.map(gap => `    --  ${gap}`),
  ]
}

/** JSON of older logs has null where the rows could not tell. */
function figure(value: number | null): string {
  // -0.00001 is written 0.0000, not -0.0000.
  return value?.toFixed(4).replace(/^-(0\.0+)$/, '$1') ?? 'unknown'
}

function changeText(loss: number): string {
  return loss < 0 ? `better by ${figure(-loss)}` : `worse by ${figure(loss)}`
}
