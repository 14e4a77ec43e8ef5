/**
 * How much each training row counts: the product of the contract's weight column, reweighing by a sensitive column and the
 * weight of its class. Only fits see it: rows are judged unweighted, and so are calibrator and threshold chosen.
 */
import type { Contract } from '../contract/contract.ts'
import { AppError, quoteValue } from '../errors.ts'
import { groupRows } from '../fairness/groups.ts'
import { reweigh } from '../fairness/reweigh.ts'
import { numberColumn, selectColumnRows, type Table } from '../table/table.ts'
import type { ClassWeight, RunDocument } from './run.ts'

/** Weights of the rows it is given, made from these rows alone. */
export type Weigh = (rows: Uint32Array) => Float64Array

interface WeighedRows {
  readonly table: Table
  readonly contract: Contract
  /** 0 or 1, one per row of the table. */
  readonly labels: Uint8Array
}

/** Undefined when every row counts 1. */
export function makeWeigh(data: WeighedRows, run: Pick<RunDocument, 'reweigh' | 'class_weight'>): Weigh | undefined {
  const { contract, labels } = data
  const parts: Weigh[] = []
  if (contract.weight !== undefined) parts.push(columnWeights(data.table, contract.weight))
  if (run.reweigh !== undefined) parts.push(groupWeights(data, run.reweigh))
  if (parts.length === 0 && run.class_weight === 'none') return undefined
  return rows => {
    const weights = new Float64Array(rows.length).fill(1)
    for (const part of parts) {
      const factors = part(rows)
      for (let i = 0; i < rows.length; i++) weights[i] *= factors[i]
    }
    multiplyByClass(weights, rows, { labels, rule: run.class_weight })
    return weights
  }
}

/** Sums of weights over any table stay well within the trainer's float32. */
const MAX_WEIGHT = 1e9

/** Throws INVALID_TABLE for a weight that is not above 0 or too large. */
function columnWeights(table: Table, name: string): Weigh {
  const { values } = numberColumn(table, name)
  const wrong = values.findIndex(value => !(value > 0 && value <= MAX_WEIGHT))
  if (wrong >= 0) {
    const place = `row ${wrong + 1} of ${values.length}`
    const allowed = `a number above 0 and at most ${MAX_WEIGHT.toLocaleString('en')}`
    throw new AppError('INVALID_TABLE', `${place}: weight ${name} is ${values[wrong]}; allowed: ${allowed}`)
  }
  return rows => Float64Array.from(rows, row => values[row])
}

/** Weights under which the groups of a sensitive column and the label are independent. */
function groupWeights({ table, contract, labels }: WeighedRows, name: string): Weigh {
  const column = table.columns.get(name)
  if (column === undefined || !contract.sensitive.some(sensitive => sensitive.name === name)) {
    const allowed =
      contract.sensitive.map(sensitive => sensitive.name).join(', ') || 'none, the contract has no sensitive column'
    throw new AppError('USAGE', `reweigh is ${quoteValue(name)}; allowed: ${allowed}`)
  }
  return rows => {
    const groups = groupRows(selectColumnRows(column, rows))
    return reweigh(
      groups,
      Uint8Array.from(rows, row => labels[row]),
    ).weights
  }
}

/** `balanced`: both classes weigh the same in total, and all rows together what they weighed (scikit-learn's rule). */
function multiplyByClass(
  weights: Float64Array,
  rows: Uint32Array,
  { labels, rule }: { readonly labels: Uint8Array; readonly rule: ClassWeight },
): void {
  if (rule === 'none') return
  const factors = rule === 'balanced' ? balancedFactors(weights, rows, labels) : [1, rule.positive]
  for (let i = 0; i < rows.length; i++) weights[i] *= factors[labels[rows[i]]]
}

function balancedFactors(weights: Float64Array, rows: Uint32Array, labels: Uint8Array): number[] {
  const totals = [0, 0]
  for (let i = 0; i < rows.length; i++) totals[labels[rows[i]]] += weights[i]
  return totals.map(total => (totals[0] + totals[1]) / (2 * total))
}
