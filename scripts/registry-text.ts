/** What `npm run registry` shows: versions, decisions and comparisons, for people. */
import type { Decision } from '../shared/adapters/registry/decision.ts'
import type { ModelStore } from '../shared/adapters/registry/model-store.ts'
import { AppError } from '../shared/core/errors.ts'
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
  readonly champion: string | null
  readonly versions: readonly ListedVersion[]
  readonly decisions: readonly Decision[]
  readonly unreadable: readonly string[]
}

export async function readListing(store: ModelStore): Promise<Listing> {
  const { decisions, unreadable } = await store.log()
  const champion = decisions.findLast(({ verdict }) => verdict !== 'refused')?.version ?? null
  const read = await Promise.all((await store.versions()).map(version => readManifest(store, version)))
  const versions = read.flatMap((manifest): ListedVersion[] => {
    if (typeof manifest === 'string') return []
    const { version, created_at, family, metrics } = manifest
    const roc_auc = typeof metrics.roc_auc === 'number' ? metrics.roc_auc : null
    return [{ version, created_at, family, roc_auc, champion: version === champion }]
  })
  const damaged = read.filter(manifest => typeof manifest === 'string')
  return { registry: store.uri, champion, versions, decisions, unreadable: [...unreadable, ...damaged] }
}

/** What is wrong with it, of a damaged one: the others are listed all the same. */
async function readManifest(store: ModelStore, version: string): Promise<ModelManifest | string> {
  try {
    return await store.manifest(version)
  } catch (error) {
    if (error instanceof AppError && error.code === 'MODEL_CORRUPT') return error.message
    throw error
  }
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

function decisionLine({ verdict, version, champion, at, by, reason, previous }: Decision): string {
  const place = verdict === 'refused' ? `champion ${champion} stays` : `champion ${champion}`
  const before = previous === undefined ? '' : `, in place of ${previous}`
  return `${at.slice(0, 16)}  ${verdict.replace('_', ' ')} ${version} (${place}${before}) by ${by}: ${reason}`
}

function checkLines(report: GateReport | undefined): string[] {
  if (!report?.compared) return []
  const { metric, losses, rows, positives } = report.compared
  const mark = (passed: boolean) => (passed ? 'yes' : 'NO ')
  const p = metric.p === null || Number.isNaN(metric.p) ? 'unknown' : metric.p.toPrecision(2)
  return [
    `    on ${rows} rows, ${positives} positive`,
    `    ${mark(metric.passed)} ${metric.metric} ${metric.challenger.toFixed(4)}, champion ${metric.champion.toFixed(4)}: gain ${metric.gain.toFixed(4)} [${metric.low.toFixed(4)}, ${metric.high.toFixed(4)}], p ${p} (${metric.test}; below ${report.rules.p_value})`,
    ...losses.map(
      ({ figure, champion, challenger, loss, limit, passed }) =>
        `    ${mark(passed)} ${figure} ${challenger.toFixed(4)}, champion ${champion.toFixed(4)}: worse by ${loss.toFixed(4)} (at most ${limit})`,
    ),
  ]
}
