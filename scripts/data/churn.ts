/**
 * The churn dataset: subscribers of an internet service and whether they left. Invented, seeded, and shaped like a real
 * table: plans shape usage and add-ons, bad lines bring latency, downtime and tickets together, discounts go to yearly
 * contracts. The label is drawn from a known probability, nearly linear in the log-odds.
 */
import { psiOfCategories, psiOfNumbers } from '../../shared/core/drift/psi.ts'
import { deriveSeed, makeRandom, type Random } from '../../shared/core/math/random.ts'
import { rocAuc } from '../../shared/core/metrics/ranking.ts'
import { metricsHistory } from './churn-metrics.ts'
import { beta, gamma, isDrawn, pick, poisson } from './draw.ts'
import { csvFile, type GeneratedData, jsonFile, jsonLinesFile, roundTo } from './generated-data.ts'

const TABLE_ROWS = 24_000
const SAMPLE_ROWS = 800
const DRIFT_THRESHOLD = 0.2

interface Subscriber {
  readonly plan_type: 'Basic' | 'Standard' | 'Pro'
  readonly contract_type: 'Monthly' | 'Annual'
  readonly autopay: 'Yes' | 'No'
  readonly is_promo_user: 'Yes' | 'No'
  readonly add_on_count: number
  readonly tenure_months: number
  readonly monthly_usage_gb: number
  readonly avg_latency_ms: number
  readonly support_tickets_30d: number
  readonly discount_pct: number
  readonly payment_failures_90d: number
  readonly downtime_hours_30d: number
}

const FEATURES = [
  'plan_type',
  'contract_type',
  'autopay',
  'is_promo_user',
  'add_on_count',
  'tenure_months',
  'monthly_usage_gb',
  'avg_latency_ms',
  'support_tickets_30d',
  'discount_pct',
  'payment_failures_90d',
  'downtime_hours_30d',
] as const satisfies readonly (keyof Subscriber)[]

/** The times at which a table was taken: what later moves. Factors multiply the mean. */
interface Conditions {
  /** Share of yearly contracts, as odds against the usual. */
  readonly annualOdds: number
  readonly latency: number
  readonly tickets: number
  readonly discount: number
  readonly downtime: number
}

const USUAL: Conditions = { annualOdds: 1, latency: 1, tickets: 1, discount: 1, downtime: 1 }

/** A bad month after yearly contracts and discounts were cut. Five features move; the rest follow only a little. */
const SHIFTED: Conditions = { annualOdds: 0.21, latency: 1.17, tickets: 2, discount: 0.76, downtime: 1.6 }

const PLANS = {
  Basic: { share: 0.45, annual: 0.21, addOns: 0.85, usageGb: 104 },
  Standard: { share: 0.4, annual: 0.31, addOns: 1.15, usageGb: 138 },
  Pro: { share: 0.15, annual: 0.42, addOns: 1.75, usageGb: 182 },
} as const

export function generate(seed: number): GeneratedData {
  const stream = (label: string) => makeRandom(deriveSeed(seed, `churn.${label}`))
  const table = drawTable(stream('table'), { rows: TABLE_ROWS, conditions: USUAL })
  const reference = drawTable(stream('reference'), { rows: SAMPLE_ROWS, conditions: USUAL })
  const shifted = drawTable(stream('shifted'), { rows: SAMPLE_ROWS, conditions: SHIFTED })
  return {
    files: [
      tableFile('customer_churn_synth.csv', table),
      tableFile('churn_ref_sample.csv', reference),
      tableFile('churn_shifted_sample.csv', shifted),
      jsonLinesFile('metrics_history.jsonl', metricsHistory(stream('metrics'))),
      jsonFile('drift_latest.json', driftReport(reference.subscribers, shifted.subscribers)),
    ],
    bestRocAuc: rocAuc(table.probabilities, table.labels),
  }
}

interface DrawnTable {
  readonly subscribers: readonly Subscriber[]
  readonly labels: Uint8Array
  /** The true probability of each label. */
  readonly probabilities: Float64Array
}

function drawTable(random: Random, { rows, conditions }: { rows: number; conditions: Conditions }): DrawnTable {
  const subscribers: Subscriber[] = []
  const labels = new Uint8Array(rows)
  const probabilities = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const subscriber = drawSubscriber(random, conditions)
    // From the rounded cells: a model that sees the table sees all that the label depends on.
    probabilities[row] = churnProbability(subscriber)
    labels[row] = isDrawn(random, probabilities[row]) ? 1 : 0
    subscribers.push(subscriber)
  }
  return { subscribers, labels, probabilities }
}

function drawSubscriber(random: Random, conditions: Conditions): Subscriber {
  const plan = pick(random, { Basic: PLANS.Basic.share, Standard: PLANS.Standard.share, Pro: PLANS.Pro.share })
  const { annual, addOns, usageGb } = PLANS[plan]
  const odds = (conditions.annualOdds * annual) / (1 - annual)
  const isAnnual = isDrawn(random, odds / (1 + odds))
  const hasAutopay = isDrawn(random, isAnnual ? 0.72 : 0.58)
  const tenure = clamp(Math.round(gamma(random, { shape: 3.1, mean: isAnnual ? 23 : 20 })), 1, 84)
  const isPromo = isDrawn(random, tenure <= 12 ? 0.38 : 0.19)
  // The quality of the line, unseen: it moves latency and downtime together.
  const line = random.normal()
  const latency = 132 * conditions.latency * Math.exp(0.17 * line + 0.21 * random.normal())
  const downtime = gamma(random, { shape: 2.4, mean: 1.24 * conditions.downtime }) * Math.exp(0.38 * line)
  const ticketMean = 0.62 * conditions.tickets * Math.exp(0.26 * (Math.min(downtime, 6) / conditions.downtime - 1.4))
  const discount = 62 * conditions.discount * beta(random, isAnnual || isPromo ? { a: 2.6, b: 6 } : { a: 1.9, b: 6.2 })
  return {
    plan_type: plan,
    contract_type: isAnnual ? 'Annual' : 'Monthly',
    autopay: hasAutopay ? 'Yes' : 'No',
    is_promo_user: isPromo ? 'Yes' : 'No',
    add_on_count: Math.min(poisson(random, addOns), 9),
    tenure_months: tenure,
    monthly_usage_gb: roundTo(gamma(random, { shape: 6.5, mean: usageGb }), 2),
    avg_latency_ms: roundTo(clamp(latency, 40, 400), 1),
    support_tickets_30d: poisson(random, ticketMean),
    discount_pct: roundTo(discount, 1),
    payment_failures_90d: poisson(random, hasAutopay ? 0.19 : 0.42),
    downtime_hours_30d: roundTo(clamp(downtime, 0, 48), 2),
  }
}

/** The truth. The first block is linear in what a table shows; the second is what only interactions can learn. */
export function churnProbability(s: Subscriber): number {
  const isMonthly = s.contract_type === 'Monthly'
  const isPromo = s.is_promo_user === 'Yes'
  const linear =
    { Basic: 0.75, Standard: 0, Pro: -1.1 }[s.plan_type] +
    (isMonthly ? 0.5 : -1.1) +
    (s.autopay === 'Yes' ? -0.55 : 0.65) +
    (isPromo ? 0.45 : 0) -
    0.25 * (s.add_on_count - 1) -
    0.068 * (s.tenure_months - 21) -
    0.031 * (s.monthly_usage_gb - 130) +
    0.027 * (s.avg_latency_ms - 135) +
    0.55 * (s.support_tickets_30d - 0.7) -
    0.05 * (s.discount_pct - 16) +
    0.6 * s.payment_failures_90d +
    0.62 * (s.downtime_hours_30d - 1.4)
  const interactions =
    (isMonthly && s.tenure_months <= 6 ? 0.7 : 0) +
    (isPromo && s.discount_pct < 10 ? 0.6 : 0) +
    (s.support_tickets_30d >= 2 && s.downtime_hours_30d > 2 ? 0.8 : 0) +
    (s.plan_type === 'Pro' ? 0.012 * (s.avg_latency_ms - 135) : 0)
  return 1 / (1 + Math.exp(-(SCALE * (linear + interactions) + INTERCEPT)))
}

/** Set the best ROC-AUC (about 0.94) and the share of positives (about 0.32). */
const SCALE = 1.28
const INTERCEPT = -2.8

function tableFile(name: string, { subscribers, labels }: DrawnTable) {
  const rows = subscribers.map((subscriber, row) => [...FEATURES.map(feature => subscriber[feature]), labels[row]])
  return csvFile(name, [...FEATURES, 'churned'], rows)
}

function driftReport(reference: readonly Subscriber[], current: readonly Subscriber[]) {
  const psi = FEATURES.map(feature => [feature, featurePsi(reference, current, feature)] as const)
  return {
    overall_drift: psi.some(([, value]) => value > DRIFT_THRESHOLD),
    threshold: DRIFT_THRESHOLD,
    features: Object.fromEntries(psi.map(([feature, value]) => [feature, roundTo(value, 6)])),
  }
}

function featurePsi(
  reference: readonly Subscriber[],
  current: readonly Subscriber[],
  feature: keyof Subscriber,
): number {
  const cells = [reference, current].map(side => side.map(subscriber => subscriber[feature]))
  if (typeof cells[0][0] === 'number') {
    const [a, b] = cells.map(side => Float64Array.from(side, Number))
    return psiOfNumbers(a, b)
  }
  const levels = [...new Set(cells.flat().map(String))]
  const [a, b] = cells.map(side => Uint32Array.from(side, value => levels.indexOf(String(value)) + 1))
  return psiOfCategories({ kind: 'category', levels, codes: a }, { kind: 'category', levels, codes: b })
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}
