/** A contract as it is written, with its defaults left out: what contract.schema.json lets through. */
import type { DriftRules, MonitorDocument } from './monitoring-rules.ts'

export type Monotone = 'increasing' | 'decreasing'

export interface CsvOptions {
  /** Column names when the file may come without a header; a first row equal to them is a header. */
  readonly header?: readonly string[]
  /** true: blanks around each cell are cut off. */
  readonly trim: boolean
  /** Cells that mean "missing". */
  readonly missing: readonly string[]
  /** Lines that start with it are not read. */
  readonly comment?: string
}

/** A feature or sensitive column as it is written, with its defaults left out. */
export interface ColumnDocument {
  readonly type: 'category' | 'integer' | 'number'
  readonly values?: readonly string[]
  readonly unknown?: 'error' | 'other'
  readonly minimum?: number
  readonly maximum?: number
  readonly unit?: string
  readonly monotone?: Monotone
  readonly description?: string
  readonly nullable?: boolean
  readonly reference?: string
}

/** What contract.schema.json lets through. */
export interface ContractDocument {
  readonly name: string
  readonly title?: string
  readonly data: string
  readonly csv?: Partial<CsvOptions>
  readonly target: {
    readonly column: string
    readonly positive: string | number
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly features: Readonly<Record<string, ColumnDocument>>
  readonly sensitive?: Readonly<Record<string, ColumnDocument>>
  readonly weight?: string
  readonly ignore?: readonly string[]
  readonly drift?: Partial<DriftRules>
  readonly monitor?: MonitorDocument
}
