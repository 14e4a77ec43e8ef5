/** The columns of a table while its file is read: which of the contract's are wanted, and what a file may have besides. */
import type { Contract, Feature } from '../../core/contract/contract.ts'
import { nearestName } from '../../core/contract/nearest-name.ts'
import { type Problem, quoteValue } from '../../core/errors.ts'
import type { Table } from '../../core/table/table.ts'
import { type ColumnBuilder, makeFeatureBuilder, makeTargetBuilder } from './column-builder.ts'

/** 'all': features, sensitive, target and weight columns, for training and evaluation. 'features': for scoring. */
export type WantedColumns = 'all' | 'features'

export interface TableBuilder {
  /** By column name, in the order features, sensitive, target, weight. */
  readonly columns: ReadonlyMap<string, ColumnBuilder>
  /** Columns that a file may have and that are not read. */
  readonly skipped: ReadonlySet<string>
  readonly contract: Contract
  /** Only of a lenient table: gathers columns that the contract does not know, and an absent column is no problem. */
  readonly unlisted?: Set<string>
}

export function makeTableBuilder(contract: Contract, wanted: WantedColumns): TableBuilder {
  const { csv, features, sensitive, target, weight } = contract
  const columns = new Map(features.map(feature => [feature.name, makeFeatureBuilder(feature, csv)]))
  const skipped = new Set(contract.ignore)
  if (wanted === 'all') {
    for (const feature of sensitive) columns.set(feature.name, makeFeatureBuilder(feature, csv))
    columns.set(target.column, makeTargetBuilder(target, csv))
    if (weight !== undefined) columns.set(weight, makeFeatureBuilder(weightFeature(weight), csv))
  } else {
    for (const { name } of sensitive) skipped.add(name)
    skipped.add(target.column)
    if (weight !== undefined) skipped.add(weight)
  }
  return { columns, skipped, contract }
}

function weightFeature(name: string): Feature {
  return { name, type: 'number', nullable: false }
}

export function finishTable(builder: TableBuilder, rowCount: number): Table {
  return { rowCount, columns: new Map([...builder.columns].map(([name, column]) => [name, column.finish()])) }
}

/** A column or key of the file that the contract does not know. */
export function unknownColumn(builder: TableBuilder, name: string): Problem {
  const shown = quoteValue(name)
  if (name === '') return { code: 'unknown_field', message: 'the column has no name; allowed: a name for each column' }
  const nearest = nearestName(name, [...builder.columns.keys()])
  const hint = nearest === undefined ? '' : `did you mean ${quoteValue(nearest)}? `
  const message = `${shown} is no column of contract ${builder.contract.name}; ${hint}to leave it out, add it to ignore`
  return { field: shown.slice(1, -1), code: 'unknown_field', message }
}
