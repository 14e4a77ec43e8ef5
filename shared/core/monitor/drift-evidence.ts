/**
 * What the monitor takes from a drift report: whether there is drift, and which features. The report's own verdict counts
 * as it is written; it is never computed again from the PSI values here.
 */
import { AppError, quoteValue } from '../errors.ts'

export interface DriftEvidence {
  readonly overallDrift: boolean
  /** The PSI above which the report calls a feature drifted; undefined when it does not say. */
  readonly threshold?: number
  /** PSI by feature, without those that the report could not measure. */
  readonly features: ReadonlyMap<string, number>
  /** true: the report names features and has a PSI of none, so its verdict rests on nothing. */
  readonly comparesNothing?: true
}

/** There is no report: why, as a clause for a finding. */
export interface MissingDrift {
  readonly missing: string
}

/** A parsed drift report. Throws INVALID_REPORT for a value that is none. */
export function parseDriftReport(value: unknown, source: string): DriftEvidence {
  const refuse = (what: string) => new AppError('INVALID_REPORT', `${source} is no drift report: ${what}`)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(`it is ${quoteValue(value)}; allowed: an object with threshold, overall_drift and features`)
  }
  const { overall_drift: overallDrift, threshold, features = {} } = value as Readonly<Record<string, unknown>>
  if (typeof overallDrift !== 'boolean') {
    throw refuse(`overall_drift is ${quoteValue(overallDrift)}; allowed: true or false`)
  }
  if (threshold !== undefined && !Number.isFinite(threshold)) {
    throw refuse(`threshold is ${quoteValue(threshold)}; allowed: a number`)
  }
  if (typeof features !== 'object' || features === null || Array.isArray(features)) {
    throw refuse(`features is ${quoteValue(features)}; allowed: an object of feature names with their PSI`)
  }
  const measured = new Map<string, number>()
  for (const [name, psi] of Object.entries(features)) {
    if (Number.isFinite(psi)) measured.set(name, psi)
    // A column that could not be measured is null in a report, and does not end it.
    else if (psi !== null)
      throw refuse(`features.${name.slice(0, 60)} is ${quoteValue(psi)}; allowed: a number or null`)
  }
  const comparesNothing = measured.size === 0 && Object.keys(features).length > 0
  return {
    overallDrift,
    ...(threshold !== undefined && { threshold: threshold as number }),
    features: measured,
    ...(comparesNothing && { comparesNothing }),
  }
}

/** The text of a drift report. Throws INVALID_REPORT for a text that is not JSON. */
export function parseDriftText(text: string, source: string): DriftEvidence {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (cause) {
    throw new AppError('INVALID_REPORT', `${source} is not JSON; allowed: the JSON of a drift report`, { cause })
  }
  return parseDriftReport(value, source)
}
