/**
 * The rows of a table that a model is asked about: at most 100,000 of them, evenly spaced, without those that predict would
 * refuse (row-encoder.ts has the same rules). More rows would cost seconds and move no rate by a thousandth.
 */
import type { Contract, Feature } from '../contract/contract.ts'
import { numberRange } from '../contract/field-rules.ts'
import { type FeatureSpec, levelCodes, otherCode } from '../preprocess/preprocessor.ts'
import { parseDecimal } from '../table/decimal.ts'
import type { Column, Table } from '../table/table.ts'
import { NO_LABEL } from './score-profile.ts'

const MAX_SCORED_ROWS = 100_000

export interface ScorableRows {
  /** Row-major [rowCount x features], as model.onnx takes them. */
  readonly values: Float32Array
  readonly rowCount: number
  /** 1, 0 or NO_LABEL, one per row. */
  readonly labels: Uint8Array
  /** Rows tried that predict would refuse. */
  readonly refused: number
}

export interface ScoredModel {
  readonly contract: Pick<Contract, 'features' | 'target'>
  /** The model's inputs in order. */
  readonly specs: readonly FeatureSpec[]
  readonly classes: readonly [negative: string | number, positive: string | number]
}

export function scorableRows(table: Table, model: ScoredModel, most = MAX_SCORED_ROWS): ScorableRows {
  const { specs, contract } = model
  const encoders = specs.map(spec => encoderOf(spec, contract, table))
  const labelOf = labelsByCode(table, model)
  const tried = Math.min(table.rowCount, most)
  const values = new Float32Array(tried * specs.length)
  const labels = new Uint8Array(tried)
  let rowCount = 0
  for (let i = 0; i < tried; i++) {
    const row = Math.floor(((i + 0.5) * table.rowCount) / tried)
    if (!encodeRowInto(values, rowCount * specs.length, encoders, row)) continue
    labels[rowCount++] = labelOf(row)
  }
  return {
    values: values.slice(0, rowCount * specs.length),
    rowCount,
    labels: labels.slice(0, rowCount),
    refused: tried - rowCount,
  }
}

/** The model's number for a row's value; undefined: predict refuses it. */
type Encoder = (row: number) => number | undefined

function encodeRowInto(values: Float32Array, start: number, encoders: readonly Encoder[], row: number): boolean {
  for (let f = 0; f < encoders.length; f++) {
    const value = encoders[f](row)
    if (value === undefined) return false
    values[start + f] = value
  }
  return true
}

function encoderOf(spec: FeatureSpec, { features }: { readonly features: readonly Feature[] }, table: Table): Encoder {
  const feature = features.find(({ name }) => name === spec.name)
  const column = table.columns.get(spec.name)
  const missing = feature?.nullable === true ? Number.NaN : undefined
  if (feature === undefined || column === undefined) return () => missing
  if (spec.kind === 'category')
    return column.kind === 'category' ? encodeLevels(spec, column, missing) : () => undefined
  if (column.kind !== 'number' || feature.type === 'category') return () => undefined
  const { low, high, integer } = numberRange(feature)
  const { values } = column
  return row => {
    const value = values[row]
    if (Number.isNaN(value)) return missing
    return value >= low && value <= high && (!integer || Number.isInteger(value)) ? value : undefined
  }
}

function encodeLevels(
  spec: FeatureSpec & { kind: 'category' },
  { codes, levels }: Column & { kind: 'category' },
  missing: number | undefined,
): Encoder {
  const known = levelCodes(spec)
  const encoded = [missing, ...levels.map(level => known.get(level) ?? otherCode(spec))]
  return row => encoded[codes[row]]
}

/** Classes are compared as target.ts does: as numbers where the contract's author typed a number. */
function labelsByCode(table: Table, { contract, classes }: ScoredModel): (row: number) => number {
  const column = table.columns.get(contract.target.column)
  if (column?.kind !== 'category') return () => NO_LABEL
  const isNumber = typeof contract.target.positive === 'number'
  const labels = column.levels.map(level => {
    const value = isNumber ? (parseDecimal(level) ?? level) : level
    const label = classes.indexOf(value)
    return label === -1 ? NO_LABEL : label
  })
  return row => (column.codes[row] === 0 ? NO_LABEL : labels[column.codes[row] - 1])
}
