import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { expect, test } from 'vitest'
import { type Feature, parseContract } from '../../shared/core/contract/contract.ts'
import { churnProbability, generate } from './churn.ts'
import type { GeneratedData } from './generated-data.ts'

const contractFile = new URL('../../data/contracts/churn.yaml', import.meta.url)
const contract = parseContract(load(readFileSync(contractFile, 'utf8')), 'churn.yaml')
const SEEDS = [1, 2, 3]
const drawn = new Map(SEEDS.map(seed => [seed, generate(seed)]))

const MOVED = ['contract_type', 'avg_latency_ms', 'support_tickets_30d', 'discount_pct', 'downtime_hours_30d']
const TABLES = ['customer_churn_synth.csv', 'churn_ref_sample.csv', 'churn_shifted_sample.csv']

function dataOf(seed: number): GeneratedData {
  return drawn.get(seed)!
}

function textOf(data: GeneratedData, name: string): string {
  return data.files.find(file => file.name === name)!.text
}

function rowsOf(data: GeneratedData, name: string): Record<string, string>[] {
  const [header, ...lines] = textOf(data, name).trimEnd().split('\n')
  const columns = header.split(',')
  return lines.map(line => Object.fromEntries(line.split(',').map((cell, i) => [columns[i], cell])))
}

function hashOf(data: GeneratedData): string {
  const hash = createHash('sha256')
  for (const { name, text } of data.files) hash.update(`${name}\n${text}`)
  return hash.digest('hex')
}

/** What the contract says of one cell, or undefined. */
function problemOf(feature: Feature, cell: string): string | undefined {
  if (feature.type === 'category') return feature.values?.includes(cell) ? undefined : `${feature.name} ${cell}`
  const pattern = feature.type === 'integer' ? /^\d+$/ : /^\d+(\.\d{1,2})?$/
  const value = Number(cell)
  const inRange = value >= (feature.minimum ?? -Infinity) && value <= (feature.maximum ?? Infinity)
  return pattern.test(cell) && inRange ? undefined : `${feature.name} ${cell}`
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const center = (x: readonly number[]) => {
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length
    return x.map(value => value - mean)
  }
  const [u, v] = [center(a), center(b)]
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0)
  return dot(u, v) / Math.sqrt(dot(u, u) * dot(v, v))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

test('the same seed gives the same bytes, and another seed other ones', () => {
  expect(hashOf(generate(1))).toBe(hashOf(dataOf(1)))
  expect(new Set(SEEDS.map(seed => hashOf(dataOf(seed)))).size).toBe(SEEDS.length)
})

test('the default seed gives these bytes, on which the figures of the README rest', () => {
  expect(hashOf(dataOf(1))).toBe('78c840fcf2a84dc91c85ced0a3b7841707a399ecebe9e7cb13ba94fc7f369cb3')
})

test('the files have the promised names and sizes', () => {
  expect(dataOf(1).files.map(({ name, rows }) => [name, rows])).toEqual([
    ['customer_churn_synth.csv', 24_000],
    ['churn_ref_sample.csv', 800],
    ['churn_shifted_sample.csv', 800],
    ['metrics_history.jsonl', 240],
    ['drift_latest.json', 1],
  ])
})

test.each(TABLES)('every cell of %s obeys data/contracts/churn.yaml, column by column in its order', name => {
  const columns = [...contract.features.map(feature => feature.name), contract.target.column]
  for (const seed of SEEDS) {
    expect(textOf(dataOf(seed), name).split('\n', 1)[0]).toBe(columns.join(','))
    const rows = rowsOf(dataOf(seed), name)
    const problems = rows.flatMap(row => contract.features.map(feature => problemOf(feature, row[feature.name])))
    expect(problems.filter(problem => problem !== undefined)).toEqual([])
    expect(new Set(rows.map(row => row[contract.target.column]))).toEqual(new Set(['0', '1']))
  }
})

test('the best reachable ROC-AUC is 0.93 to 0.95 and a third of the customers leave', () => {
  for (const seed of SEEDS) {
    expect(dataOf(seed).bestRocAuc).toBeGreaterThan(0.93)
    expect(dataOf(seed).bestRocAuc).toBeLessThan(0.95)
    const rows = rowsOf(dataOf(seed), 'customer_churn_synth.csv')
    const rate = rows.filter(row => row.churned === '1').length / rows.length
    expect(rate).toBeGreaterThan(0.3)
    expect(rate).toBeLessThan(0.34)
  }
})

test('the cells of the file alone give the probability from which the labels were drawn, decile by decile', () => {
  const rows = rowsOf(dataOf(1), 'customer_churn_synth.csv').map(row => {
    const cells = Object.entries(row).map(([name, cell]) => [name, Number.isNaN(Number(cell)) ? cell : Number(cell)])
    return { p: churnProbability(Object.fromEntries(cells)), churned: Number(row.churned) }
  })
  rows.sort((a, b) => a.p - b.p)
  for (let start = 0; start < rows.length; start += 2400) {
    const part = rows.slice(start, start + 2400)
    const surplus = part.reduce((sum, row) => sum + row.churned - row.p, 0)
    const deviation = Math.sqrt(part.reduce((sum, row) => sum + row.p * (1 - row.p), 0))
    // Ten draws beyond four deviations have odds of 1 to 1600, and the seed is fixed.
    expect(Math.abs(surplus)).toBeLessThan(4 * deviation)
  }
})

test('the columns hang together as the story says, and amounts have their tail to the right', () => {
  const rows = rowsOf(dataOf(1), 'customer_churn_synth.csv')
  const column = (name: string) => rows.map(row => Number(row[name]))
  const isAnnual = rows.map(row => Number(row.contract_type === 'Annual'))
  expect(correlation(column('avg_latency_ms'), column('downtime_hours_30d'))).toBeGreaterThan(0.2)
  expect(correlation(column('support_tickets_30d'), column('downtime_hours_30d'))).toBeGreaterThan(0.2)
  expect(correlation(column('discount_pct'), isAnnual)).toBeGreaterThan(0.1)
  expect(correlation(column('tenure_months'), isAnnual)).toBeGreaterThan(0.05)
  for (const name of ['tenure_months', 'monthly_usage_gb', 'avg_latency_ms', 'discount_pct', 'downtime_hours_30d']) {
    const values = column(name)
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeGreaterThan(median(values))
  }
})

test('of the shifted sample five features have a PSI above 0.2 and all others one below 0.1', () => {
  for (const seed of SEEDS) {
    const report = JSON.parse(textOf(dataOf(seed), 'drift_latest.json'))
    expect(Object.keys(report)).toEqual(['overall_drift', 'threshold', 'features'])
    expect(report).toMatchObject({ overall_drift: true, threshold: 0.2 })
    expect(Object.keys(report.features)).toEqual(contract.features.map(feature => feature.name))
    for (const [name, psi] of Object.entries<number>(report.features)) {
      if (MOVED.includes(name)) expect(psi, name).toBeGreaterThan(0.2)
      else expect(psi, name).toBeLessThan(0.1)
    }
  }
})

test('the PSI of contract_type is that of the shares counted in the two files', () => {
  const [r, c] = ['churn_ref_sample.csv', 'churn_shifted_sample.csv'].map(name => {
    const rows = rowsOf(dataOf(1), name)
    return rows.filter(row => row.contract_type === 'Annual').length / rows.length
  })
  const byHand = (c - r) * Math.log(c / r) + (r - c) * Math.log((1 - c) / (1 - r))
  expect(JSON.parse(textOf(dataOf(1), 'drift_latest.json')).features.contract_type).toBeCloseTo(byHand, 5)
})

test('the metrics are 240 hourly points from a fixed start, and the last ten are worse by the stated margins', () => {
  for (const seed of SEEDS) {
    const lines = textOf(dataOf(seed), 'metrics_history.jsonl').trimEnd().split('\n')
    const points = lines.map(line => JSON.parse(line))
    expect(points.map(({ ts }) => Date.parse(ts))).toEqual(
      Array.from({ length: 240 }, (_, hour) => Date.parse('2025-08-07T22:00:00Z') + hour * 3_600_000),
    )
    const earlier = points.slice(0, 230)
    const drop = (key: string, value: number) => 100 * (1 - value / median(earlier.map(point => point[key])))
    for (const { roc_auc, pr_auc, acc, latency_p95_ms, error_rate } of points.slice(230)) {
      expect(drop('roc_auc', roc_auc)).toBeGreaterThan(5)
      expect(drop('roc_auc', roc_auc)).toBeLessThan(6)
      expect(drop('pr_auc', pr_auc)).toBeGreaterThan(6)
      expect(drop('pr_auc', pr_auc)).toBeLessThan(8)
      expect(drop('acc', acc)).toBeLessThan(2)
      expect(latency_p95_ms).toBeGreaterThan(400)
      expect(error_rate).toBeGreaterThan(Math.max(...earlier.map(point => point.error_rate)))
    }
    expect(Math.max(...earlier.map(point => point.latency_p95_ms))).toBeLessThan(300)
    expect(Math.min(...earlier.map(point => -drop('roc_auc', point.roc_auc)))).toBeGreaterThan(-1)
  }
})
