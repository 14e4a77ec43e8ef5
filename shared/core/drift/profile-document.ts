/**
 * profile.json: a reference profile as it is stored with a model version. JSON has no infinity, so only the inner edges are
 * written; distinct values stand beside the rows they have. A field added later must be optional here.
 */
import { AppError } from '../errors.ts'
import type { CategoryProfile, ColumnProfile, NumberProfile } from './column-profile.ts'
import { type Distribution, rowsAt } from './distribution.ts'
import type { Profile } from './profile.ts'
import type { ScoreProfile } from './score-profile.ts'

export const PROFILE_FILE = 'profile.json'

interface NumberDocument {
  readonly kind: 'number'
  readonly missing: number
  readonly minimum: number | null
  readonly maximum: number | null
  readonly mean: number | null
  /** Divided by n (ddof = 0). */
  readonly standard_deviation: number | null
  /** Between the PSI's bins [a, b), which are open at both ends. */
  readonly edges: readonly number[]
  /** Rows per bin, then the missing ones. */
  readonly counts: readonly number[]
  /** Ascending and distinct. */
  readonly values: readonly number[]
  /** Rows per value. */
  readonly rows: readonly number[]
  /** true: values were thinned to evenly spaced order statistics. */
  readonly approximate: boolean
}

interface CategoryDocument {
  readonly kind: 'category'
  readonly missing: number
  readonly levels: readonly string[]
  readonly counts: readonly number[]
}

interface ScoreDocument {
  readonly distribution: NumberDocument
  readonly threshold: number
  readonly rows: number
  readonly positive_rate: number
  readonly mean_score: number
  readonly label_rate: number | null
  readonly positives: number
  readonly labelled: { readonly rows: number; readonly positives: number; readonly mean_score: number } | null
}

export interface ProfileDocument {
  readonly schema_version: 1
  readonly rows: number
  readonly columns: readonly (
    | ({ readonly name: string } & NumberDocument)
    | ({ readonly name: string } & CategoryDocument)
  )[]
  /** The model's answers about the held-out rows. */
  readonly scores: ScoreDocument | null
}

export function profileToDocument({ rows, columns, scores }: Profile): ProfileDocument {
  return {
    schema_version: 1,
    rows,
    columns: [...columns].map(([name, column]) => ({ name, ...columnToDocument(column) })),
    scores: scores === undefined ? null : scoresToDocument(scores),
  }
}

function columnToDocument(column: ColumnProfile): NumberDocument | CategoryDocument {
  if (column.kind === 'number') return numbersToDocument(column)
  return { kind: 'category', missing: column.missing, levels: column.levels, counts: [...column.counts] }
}

function numbersToDocument(column: NumberProfile): NumberDocument {
  const { distribution, minimum, maximum, mean } = column
  return {
    kind: 'number',
    missing: column.missing,
    minimum,
    maximum,
    mean,
    standard_deviation: column.deviation,
    edges: [...column.edges.slice(1, -1)],
    counts: [...column.counts],
    values: [...distribution.values],
    rows: Array.from(distribution.values, (_, i) => rowsAt(distribution, i)),
    approximate: column.approximate,
  }
}

function scoresToDocument(scores: ScoreProfile): ScoreDocument {
  const { labelled } = scores
  return {
    distribution: numbersToDocument(scores.numbers),
    threshold: scores.threshold,
    rows: scores.rows,
    positive_rate: scores.positives / scores.rows,
    mean_score: scores.meanScore,
    label_rate: labelled === null ? null : labelled.positives / labelled.rows,
    positives: scores.positives,
    labelled:
      labelled === null ? null : { rows: labelled.rows, positives: labelled.positives, mean_score: labelled.meanScore },
  }
}

/** The profile that a parsed profile.json holds. Throws MODEL_CORRUPT where it is none; `source` names it in the message. */
export function parseProfile(document: unknown, source: string): Profile {
  const { schema_version, rows, columns, scores } = asObject(document, source) as Partial<ProfileDocument>
  if (schema_version !== 1) throw corrupt(source, `schema_version is not 1`)
  if (!Array.isArray(columns)) throw corrupt(source, 'columns is no list')
  const parsed = columns.map((column, i) => {
    const place = `${source}: columns[${i}]`
    const { name } = asObject(column, place)
    if (typeof name !== 'string') throw corrupt(place, 'name is no text')
    return [name, parseColumn(column, place)] as const
  })
  return {
    rows: asCount(rows, `${source}: rows`),
    columns: new Map(parsed),
    absent: [],
    unlisted: [],
    ...(scores === null || scores === undefined ? {} : { scores: parseScores(scores, `${source}: scores`) }),
  }
}

function parseColumn(document: unknown, place: string): ColumnProfile {
  const { kind } = asObject(document, place)
  if (kind === 'number') return parseNumbers(document, place)
  if (kind === 'category') return parseCategory(document, place)
  throw corrupt(place, 'kind is neither number nor category')
}

function parseNumbers(document: unknown, place: string): NumberProfile {
  const { missing, minimum, maximum, mean, standard_deviation, edges, counts, values, rows, approximate } = asObject(
    document,
    place,
  )
  const inner = asNumbers(edges, `${place}.edges`)
  const binCounts = asNumbers(counts, `${place}.counts`)
  if (binCounts.length !== inner.length + 2)
    throw corrupt(place, `${binCounts.length} counts for ${inner.length} edges`)
  return {
    kind: 'number',
    missing: asCount(missing, `${place}.missing`),
    unreadable: 0,
    edges: Float64Array.of(Number.NEGATIVE_INFINITY, ...inner, Number.POSITIVE_INFINITY),
    counts: binCounts,
    minimum: asNumberOrNull(minimum, `${place}.minimum`),
    maximum: asNumberOrNull(maximum, `${place}.maximum`),
    mean: asNumberOrNull(mean, `${place}.mean`),
    deviation: asNumberOrNull(standard_deviation, `${place}.standard_deviation`),
    distribution: parseDistribution(asNumbers(values, `${place}.values`), asNumbers(rows, `${place}.rows`), place),
    approximate: approximate === true,
  }
}

function parseDistribution(values: Float64Array, rows: Float64Array, place: string): Distribution {
  if (values.length !== rows.length) throw corrupt(place, `${values.length} values for ${rows.length} rows`)
  const cumulative = new Uint32Array(rows.length)
  let total = 0
  for (let i = 0; i < rows.length; i++) {
    if (i > 0 && values[i] <= values[i - 1]) throw corrupt(place, 'values do not ascend')
    total += rows[i]
    cumulative[i] = total
  }
  return { values, cumulative }
}

function parseCategory(document: unknown, place: string): CategoryProfile {
  const { missing, levels, counts } = asObject(document, place)
  const levelCounts = asNumbers(counts, `${place}.counts`)
  if (!Array.isArray(levels) || !levels.every(level => typeof level === 'string')) {
    throw corrupt(place, 'levels is no list of texts')
  }
  if (levels.length !== levelCounts.length)
    throw corrupt(place, `${levelCounts.length} counts for ${levels.length} levels`)
  return { kind: 'category', levels, counts: levelCounts, missing: asCount(missing, `${place}.missing`), unreadable: 0 }
}

function parseScores(document: unknown, place: string): ScoreProfile {
  const { distribution, threshold, rows, positives, mean_score, labelled } = asObject(document, place)
  return {
    numbers: parseNumbers(distribution, `${place}.distribution`),
    threshold: asNumber(threshold, `${place}.threshold`),
    rows: asCount(rows, `${place}.rows`),
    refused: 0,
    positives: asCount(positives, `${place}.positives`),
    meanScore: asNumber(mean_score, `${place}.mean_score`),
    labelled: labelled === null || labelled === undefined ? null : parseLabelled(labelled, `${place}.labelled`),
  }
}

function parseLabelled(document: unknown, place: string): ScoreProfile['labelled'] {
  const { rows, positives, mean_score } = asObject(document, place)
  return {
    rows: asCount(rows, `${place}.rows`),
    positives: asCount(positives, `${place}.positives`),
    meanScore: asNumber(mean_score, `${place}.mean_score`),
  }
}

function asObject(value: unknown, place: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw corrupt(place, 'no object')
}

function asNumber(value: unknown, place: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw corrupt(place, 'no finite number')
}

function asNumberOrNull(value: unknown, place: string): number | null {
  return value === null ? null : asNumber(value, place)
}

function asCount(value: unknown, place: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw corrupt(place, 'no whole number from 0')
}

function asNumbers(value: unknown, place: string): Float64Array {
  if (Array.isArray(value) && value.every(item => Number.isFinite(item))) return Float64Array.from(value)
  throw corrupt(place, 'no list of finite numbers')
}

function corrupt(place: string, what: string): AppError {
  return new AppError('MODEL_CORRUPT', `${place}: ${what}; this is no drift profile of Treeline`)
}
