/**
 * A contract: what one dataset means, declared once. Row validation, the encoder, the ONNX input names and the reader of
 * tables all derive from it. `parseContract` checks a parsed YAML or JSON document and fills every default.
 */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { AppError, type Problem, quoteValue } from '../errors.ts'
import schema from './contract.schema.json' with { type: 'json' }

export interface NumberFeature {
  readonly name: string
  readonly type: 'number' | 'integer'
  readonly minimum?: number
  readonly maximum?: number
  readonly unit?: string
  readonly description?: string
  /** true: a missing value is allowed (null, absent or empty). */
  readonly nullable: boolean
}

export interface CategoryFeature {
  readonly name: string
  readonly type: 'category'
  /** Allowed values in declared order; absent: learnt from the training table. */
  readonly values?: readonly string[]
  readonly description?: string
  readonly nullable: boolean
  /** What a value outside `values` is: an error, or the level "other". */
  readonly unknown: 'error' | 'other'
}

export type Feature = NumberFeature | CategoryFeature

/** A column that is measured for fairness and never enters a model. */
export type SensitiveColumn = Feature & { readonly reference?: string }

export interface Target {
  readonly column: string
  /** The value of the positive class, as the contract's author typed it: class answers keep the type. */
  readonly positive: string | number
  /** Spelling in the table → spelling meant, applied before anything else. */
  readonly labels: ReadonlyMap<string, string>
}

export interface CsvOptions {
  /** Column names when the file may come without a header; a first row equal to them is a header. */
  readonly header?: readonly string[]
  /** true: blanks around each cell are cut off. */
  readonly trim: boolean
  /** Cells that mean "missing". */
  readonly missing: readonly string[]
}

export interface Contract {
  readonly name: string
  readonly title: string
  /** Where the training table is, relative to the project's root. */
  readonly data: string
  readonly csv: CsvOptions
  readonly target: Target
  /** In declared order, which is the order of the model's inputs. */
  readonly features: readonly Feature[]
  readonly sensitive: readonly SensitiveColumn[]
  /** Columns a table may have that are not read. */
  readonly ignore: readonly string[]
  /** The document as it was written, for model.json; parseContract(document) gives this contract again. */
  readonly document: ContractDocument
}

type FeatureDocument = Omit<NumberFeature, 'name' | 'nullable'> & Omit<CategoryFeature, 'name' | 'nullable' | 'type' | 'unknown'> & {
  readonly nullable?: boolean
  readonly unknown?: 'error' | 'other'
  readonly reference?: string
}

export interface ContractDocument {
  readonly name: string
  readonly title?: string
  readonly data: string
  readonly csv?: Partial<CsvOptions>
  readonly target: { readonly column: string; readonly positive: string | number; readonly labels?: Record<string, string> }
  readonly features: Readonly<Record<string, FeatureDocument>>
  readonly sensitive?: Readonly<Record<string, FeatureDocument>>
  readonly ignore?: readonly string[]
}
