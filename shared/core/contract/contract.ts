/**
 * A contract: what one dataset means, declared once. Row validation, the encoder, the ONNX input names and the reader of
 * tables all derive from it. `parseContract` checks a parsed YAML or JSON document and fills every default.
 */
import { ProblemList } from '../problem-list.ts'
import { isContractDocument } from './contract.validator.js'
import type { ColumnDocument, ContractDocument, CsvOptions, Monotone } from './contract-document.ts'
import { contradictions } from './contradictions.ts'
import { DEFAULT_DRIFT_RULES, type DriftRules, type MonitorRules, toMonitorRules } from './monitoring-rules.ts'
import { schemaProblems } from './schema-problems.ts'

export interface NumberFeature {
  readonly name: string
  readonly type: 'number' | 'integer'
  readonly minimum?: number
  readonly maximum?: number
  readonly unit?: string
  /** Of a feature: how the model's answer must go while the number rises. */
  readonly monotone?: Monotone
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
  /** What a value outside `values` (or outside those learnt) is: an error, or the level "other". */
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
  /** The column that says how much each row counts in training. */
  readonly weight?: string
  /** Columns a table may have that are not read. */
  readonly ignore: readonly string[]
  readonly drift: DriftRules
  readonly monitor: MonitorRules
  /** The document as it was written, for model.json; parseContract(document) gives this contract again. */
  readonly document: ContractDocument
}

/**
 * The contract that a parsed YAML or JSON document declares. `source` names it in messages, usually a file's path.
 * Throws INVALID_CONTRACT with every mistake.
 */
export function parseContract(document: unknown, source: string): Contract {
  const problems = new ProblemList()
  if (!isContractDocument(document)) {
    const errors = isContractDocument.errors ?? []
    for (const problem of schemaProblems(errors, document, source)) problems.add(() => problem)
    problems.throwIfAny('INVALID_CONTRACT', source)
    throw new Error(`${source}: refused by the schema without a problem`)
  }
  for (const { field, message } of contradictions(document)) {
    problems.add(() => ({ field, code: 'contradiction', message: `${source}: ${field} ${message}` }))
  }
  problems.throwIfAny('INVALID_CONTRACT', source)
  return deepFreeze(fromDocument(structuredClone(document)))
}

function fromDocument(document: ContractDocument): Contract {
  const { name, csv = {}, target } = document
  return {
    name,
    title: document.title ?? name,
    data: document.data,
    csv: {
      ...(csv.header === undefined ? {} : { header: csv.header }),
      trim: csv.trim ?? false,
      missing: csv.missing ?? [''],
      ...(csv.comment === undefined ? {} : { comment: csv.comment }),
    },
    target: {
      column: target.column,
      positive: target.positive,
      labels: new Map(Object.entries(target.labels ?? {})),
    },
    features: Object.entries(document.features).map(([column, written]) => toFeature(column, written)),
    sensitive: Object.entries(document.sensitive ?? {}).map(([column, written]) => ({
      ...toFeature(column, written),
      ...(written.reference === undefined ? {} : { reference: written.reference }),
    })),
    ...(document.weight === undefined ? {} : { weight: document.weight }),
    ignore: document.ignore ?? [],
    drift: { ...DEFAULT_DRIFT_RULES, ...document.drift },
    monitor: toMonitorRules(document.monitor),
    document,
  }
}

function toFeature(name: string, written: ColumnDocument): Feature {
  const { type, nullable = false, reference: _, unknown = 'error', ...rest } = written
  if (type === 'category') return { name, type, ...rest, nullable, unknown }
  return { name, type, ...rest, nullable }
}

/** Maps stay as they are: Object.freeze does not reach their entries, and their type is read-only. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}
