/** The plan's rationale: what was measured, which rule it met, and why these actions, for a person who knows none of it yet. */
import { roundTo } from './beyond-the-brief.ts'
import { type Comparison, isDrifted, missingMetrics, type Observation, whyNoBaseline } from './observation.ts'
import type { Action, Status } from './plan.ts'
import type { Rule } from './rule.ts'
import { formatTimestamp } from './timestamp.ts'

export interface Verdict {
  readonly seen: Observation
  readonly fired: ReadonlySet<Rule>
  readonly status: Status
  readonly actions: readonly Action[]
}

export function explain(verdict: Verdict): string {
  return [
    headline(verdict),
    ...aboutRocAuc(verdict.seen),
    ...aboutPrAuc(verdict.seen),
    ...aboutLatency(verdict.seen),
    ...aboutMissing(verdict.seen),
    ...aboutActions(verdict),
  ].join(' ')
}

const STATUS_WORD: Readonly<Record<Status, string>> = { healthy: 'Healthy', warn: 'Warning', critical: 'Critical' }

function headline({ seen, fired, status }: Verdict): string {
  const latest = seen.points.at(-1)
  const at = latest ? ` at ${formatTimestamp(latest.timeUs)}` : ''
  if (fired.size === 0) return `${STATUS_WORD[status]}${at}: no rule fired.`
  return `${STATUS_WORD[status]}${at}: ${[...fired].map(rule => ruleText(rule, seen)).join('; ')}.`
}

function ruleText(rule: Rule, { rules }: Observation): string {
  const texts: Readonly<Record<Rule, string>> = {
    roc_auc_critical: `ROC-AUC fell by ${rules.aucDropCriticalPct} % or more (critical)`,
    roc_auc_warn: `ROC-AUC fell by ${rules.aucDropWarnPct} % or more (warn)`,
    drift_and_pr_auc: `the data drifted and PR-AUC fell by ${rules.prAucDropPct} % or more (critical)`,
    latency: `p95 latency was above ${rules.latencyP95Ms} ms at both of the latest two points (warn)`,
    unmeasured: 'the drop of ROC-AUC cannot be measured (warn)',
  }
  return texts[rule]
}

function aboutRocAuc(seen: Observation): string[] {
  const { rocAuc, rules, baseline } = seen
  const reason = whyNoBaseline(seen)
  if (reason !== undefined) {
    const now = rocAuc.latest === undefined ? [] : [`ROC-AUC is ${roundTo(rocAuc.latest, 4)}.`]
    return [...now, `There is no baseline: ${reason}.`]
  }
  if (rocAuc.dropPct === undefined) return []
  const [first, last] = [baseline[0], baseline.at(-1)!].map(({ timeUs }) => formatTimestamp(timeUs))
  const points = rocAuc.count === 1 ? 'the only point' : `the ${rocAuc.count} points`
  return [
    `ROC-AUC is ${compared(rocAuc)}, the median of ${points} of the ${rules.windowDays} days before (${first} to ${last}).`,
  ]
}

function aboutPrAuc({ prAuc, drift }: Observation): string[] {
  const drifted = isDrifted(drift) ? 'the drift report says overall drift' : 'no overall drift is reported'
  if (prAuc.dropPct === undefined) return [`${drifted[0].toUpperCase()}${drifted.slice(1)}.`]
  return [`PR-AUC is ${compared(prAuc)}; ${drifted}.`]
}

/** `0.865, 5.26 % below 0.913` */
function compared({ latest, median, dropPct }: Comparison): string {
  const [value, middle] = [latest, median].map(number => roundTo(number!, 4))
  const drop = roundTo(dropPct!, 2)
  if (drop === 0) return `${value}, level with ${middle}`
  return `${value}, ${Math.abs(drop)} % ${drop > 0 ? 'below' : 'above'} ${middle}`
}

function aboutLatency({ latency, rules }: Observation): string[] {
  if (latency.latest === undefined) return []
  const before = latency.previous === undefined ? '' : `, ${roundTo(latency.previous, 2)} ms the point before`
  return [`p95 latency is ${roundTo(latency.latest, 2)} ms${before}; the limit is ${rules.latencyP95Ms} ms.`]
}

function aboutMissing(seen: Observation): string[] {
  const missing = missingMetrics(seen)
  return [
    ...(missing.length > 0
      ? [`Not measured at the latest point or before it, so not judged: ${missing.join(', ')}.`]
      : []),
    ...('missing' in seen.drift ? [`There is no drift report (${seen.drift.missing}), which counts as no drift.`] : []),
    ...('comparesNothing' in seen.drift ? ['The drift report compares no feature, which counts as no drift.'] : []),
  ]
}

function aboutActions({ seen, fired, status, actions }: Verdict): string[] {
  if (status === 'critical' && seen.step) {
    const { signals, atUs } = seen.step
    return [
      `All measured signals (${signals.join(', ')}) got worse within one hour at ${formatTimestamp(atUs)}: that looks like a deploy or a change upstream, not like slow drift, so go back to the previous model before training again.`,
    ]
  }
  if (fired.has('unmeasured') && actions.includes('open_incident')) {
    return seen.rocAuc.latest === undefined
      ? [
          'Nobody can tell how the model does: open_incident asks a person, by day, to find out where its measurements went.',
        ]
      : [
          'Nobody can tell whether the model got worse: open_incident asks a person, by day, to judge it until there is a baseline.',
        ]
  }
  return []
}
