/**
 * Columns that grow while a file is read. A cell of text (CSV) and a value (JSON) end in the same column by the same rules;
 * what is wrong with one comes back as a FieldProblem, and then the column is of no more use.
 */
import type { CategoryFeature, Feature, NumberFeature } from '../../core/contract/contract.ts'
import type { CsvOptions } from '../../core/contract/contract-document.ts'
import {
  categoryProblem,
  type FieldProblem,
  missingProblem,
  numberProblem,
  numberRange,
  wrongTypeProblem,
} from '../../core/contract/field-rules.ts'
import { AppError } from '../../core/errors.ts'
import { parseDecimal } from '../../core/table/decimal.ts'
import { type Codes, type Column, makeCodes } from '../../core/table/table.ts'

export interface ColumnBuilder {
  /** Appends a CSV cell. */
  addCell(cell: string): FieldProblem | undefined
  /** Appends a JSON value; undefined: the row has no such key. */
  addValue(value: unknown): FieldProblem | undefined
  /** The column; the builder takes no more cells. */
  finish(): Column
}

export function makeFeatureBuilder(feature: Feature, csv: CsvOptions): ColumnBuilder {
  return feature.type === 'category' ? new CategoryBuilder(feature, csv) : new NumberBuilder(feature, csv)
}

/** The target: a category without declared values, whose spellings are first joined by `labels`. */
export function makeTargetBuilder(
  target: { readonly column: string; readonly labels: ReadonlyMap<string, string> },
  csv: CsvOptions,
  { nullable = false }: { readonly nullable?: boolean } = {},
): ColumnBuilder {
  const feature = { name: target.column, type: 'category', nullable, unknown: 'error' } as const
  const builder = new CategoryBuilder(feature, csv, target.labels)
  return {
    addCell: cell => builder.addCell(cell),
    // A class may be 1, true or "yes" in JSON; a table keeps its spelling, as CSV does.
    addValue: value =>
      builder.addValue(typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
    finish: () => builder.finish(),
  }
}

const FIRST_CAPACITY = 1024

class NumberBuilder implements ColumnBuilder {
  readonly #feature: NumberFeature
  readonly #missing: ReadonlySet<string>
  /** A mark like -999 would also pass as a number, so then every cell is first held against the marks. */
  readonly #marksMayBeNumbers: boolean
  readonly #low: number
  readonly #high: number
  readonly #integer: boolean
  #values = new Float64Array(FIRST_CAPACITY)
  #length = 0

  constructor(feature: NumberFeature, { missing }: CsvOptions) {
    const { low, high, integer } = numberRange(feature)
    this.#feature = feature
    this.#missing = new Set(missing)
    this.#marksMayBeNumbers = missing.some(mark => parseDecimal(mark) !== undefined)
    this.#low = low
    this.#high = high
    this.#integer = integer
  }

  addCell(cell: string): FieldProblem | undefined {
    if (this.#marksMayBeNumbers && this.#missing.has(cell)) return this.#addMissing(cell)
    const value = parseDecimal(cell)
    if (value !== undefined) return this.#addNumber(value, cell)
    return this.#missing.has(cell) ? this.#addMissing(cell) : wrongTypeProblem(this.#feature, cell)
  }

  addValue(value: unknown): FieldProblem | undefined {
    if (typeof value === 'number') return this.#addNumber(value, value)
    return value === undefined || value === null ? this.#addMissing(value) : wrongTypeProblem(this.#feature, value)
  }

  #addNumber(value: number, shown: unknown): FieldProblem | undefined {
    const isRight = value >= this.#low && value <= this.#high && (!this.#integer || Number.isInteger(value))
    if (!isRight) return numberProblem(this.#feature, value, shown)
    this.#append(value)
    return undefined
  }

  #addMissing(shown: unknown): FieldProblem | undefined {
    if (!this.#feature.nullable) return missingProblem(this.#feature, shown)
    this.#append(Number.NaN)
    return undefined
  }

  #append(value: number): void {
    if (this.#length === this.#values.length) {
      this.#values = withLength(this.#values, 2 * this.#length)
    }
    this.#values[this.#length++] = value
  }

  finish(): Column {
    return { kind: 'number', values: withLength(this.#values, this.#length) }
  }
}

/** Every distinct value is held twice by name. Far more than any model can use, and far less than memory holds. */
const MAX_LEVELS = 1_000_000

function tooManyLevels({ name }: CategoryFeature): AppError {
  const most = MAX_LEVELS.toLocaleString('en')
  const hint = 'a column that names each row, an id, belongs under ignore in the contract'
  return new AppError(
    'INVALID_TABLE',
    `${name} has more than ${most} different values; allowed: ${most} in a category; ${hint}`,
  )
}

/** V8 copies a piece of a string up to this length; a longer one keeps the string it was cut from alive. */
const MAX_COPIED_CHARS = 12

class CategoryBuilder implements ColumnBuilder {
  readonly #feature: CategoryFeature
  readonly #missing: ReadonlySet<string>
  readonly #labels: ReadonlyMap<string, string>
  readonly #allowed: ReadonlySet<string> | undefined
  /** Every spelling met in cells that was right → its code, so that each is judged once. */
  readonly #codeOfCell = new Map<string, number>()
  readonly #codeOfLevel = new Map<string, number>()
  readonly #levels: string[] = []
  #codes = makeCodes(0, FIRST_CAPACITY)
  #length = 0

  constructor(feature: CategoryFeature, { missing }: CsvOptions, labels: ReadonlyMap<string, string> = new Map()) {
    this.#feature = feature
    this.#missing = new Set(missing)
    this.#labels = labels
    const isClosed = feature.values !== undefined && feature.unknown === 'error'
    this.#allowed = isClosed ? new Set(feature.values) : undefined
  }

  addCell(cell: string): FieldProblem | undefined {
    const known = this.#codeOfCell.get(cell)
    if (known !== undefined) {
      this.#append(known)
      return undefined
    }
    const meant = this.#labels.get(cell) ?? cell
    const code = this.#missing.has(meant) ? this.#missingCode(meant) : this.#levelCode(meant)
    if (typeof code !== 'number') return code
    this.#codeOfCell.set(ownCopy(cell), code)
    this.#append(code)
    return undefined
  }

  addValue(value: unknown): FieldProblem | undefined {
    const code = this.#valueCode(value)
    if (typeof code !== 'number') return code
    this.#append(code)
    return undefined
  }

  #valueCode(value: unknown): number | FieldProblem {
    if (value === undefined || value === null) return this.#missingCode(value)
    if (typeof value !== 'string') return wrongTypeProblem(this.#feature, value)
    const meant = this.#labels.get(value) ?? value
    // As in a row to predict (row-encoder.ts): "" is a missing category where one may be missing.
    return meant === '' && this.#feature.nullable ? 0 : this.#levelCode(meant)
  }

  #missingCode(shown: unknown): number | FieldProblem {
    return this.#feature.nullable ? 0 : missingProblem(this.#feature, shown)
  }

  #levelCode(level: string): number | FieldProblem {
    const known = this.#codeOfLevel.get(level)
    if (known !== undefined) return known
    const isAllowed = this.#allowed === undefined ? level !== '' : this.#allowed.has(level)
    if (!isAllowed) return categoryProblem(this.#feature, level, this.#feature.values)
    if (this.#levels.length === MAX_LEVELS) throw tooManyLevels(this.#feature)
    const kept = ownCopy(level)
    const code = this.#levels.push(kept)
    this.#codeOfLevel.set(kept, code)
    if (code === 0x100 || code === 0x1_0000) this.#widen()
    return code
  }

  /** The newest level's code is the first beyond the width of those before. */
  #widen(): void {
    const wider = makeCodes(this.#levels.length, this.#codes.length)
    wider.set(this.#codes)
    this.#codes = wider
  }

  #append(code: number): void {
    if (this.#length === this.#codes.length) {
      this.#codes = withLength(this.#codes, 2 * this.#length)
    }
    this.#codes[this.#length++] = code
  }

  finish(): Column {
    return { kind: 'category', codes: withLength(this.#codes, this.#length), levels: this.#levels }
  }
}

/** The same text without the chunk of the file around it. */
function ownCopy(text: string): string {
  return text.length <= MAX_COPIED_CHARS ? text : Buffer.from(text, 'utf16le').toString('utf16le')
}

/** The array at another length. The old one is detached: its memory is free at once, not when the collector comes by. */
function withLength<T extends Float64Array | Codes>(array: T, length: number): T {
  const Kind = array.constructor as new (buffer: ArrayBuffer) => T
  return new Kind((array.buffer as ArrayBuffer).transfer(length * array.BYTES_PER_ELEMENT))
}
