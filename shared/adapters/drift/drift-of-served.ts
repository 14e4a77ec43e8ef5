/** What the champion served, from the sink, against its own profile: the drift report that needs no sample. */
import { compareProfiles } from '../../core/drift/compare.ts'
import { makeFeatureBins } from '../../core/drift/feature-bins.ts'
import type { DriftReport } from '../../core/drift/report.ts'
import {
  leastServedRows,
  requireEnoughRows,
  SERVED_NOT_TOLD,
  servedFindings,
  servedSample,
} from '../../core/drift/served-sample.ts'
import { AppError } from '../../core/errors.ts'
import type { ModelStore } from '../registry/model-store.ts'
import type { Records } from '../sinks/records.ts'
import { readDriftChampion, readReferenceProfile } from './champion-scorer.ts'

/** How far back is looked, and how far one may ask for. */
export const SERVED_DAYS = { default: 7, most: 90 }

export interface ServedRequest {
  readonly store: ModelStore
  /** Absent: there is no sink. */
  readonly records?: Pick<Records, 'served' | 'settle'>
  readonly days?: number
  readonly now: () => Date
}

/** Throws NO_CHAMPION, SINK_FAILED, and CONFLICT for too few rows or no sink. */
export async function driftOfServed({ store, records, days, now }: ServedRequest): Promise<DriftReport> {
  const { manifest, contract } = await readDriftChampion(store)
  const { version, threshold, classes, features } = manifest
  await records?.settle()
  const asked = now()
  // The end is not in the window, and what was written in this very millisecond is.
  const until = new Date(asked.getTime() + 1).toISOString()
  const since = new Date(asked.getTime() - (days ?? SERVED_DAYS.default) * 86_400_000).toISOString()
  const window = { version, threshold, since, until, leastRows: leastServedRows(contract.drift.threshold) }
  const [profile, served] = await Promise.all([
    readReferenceProfile(store, { manifest, contract }),
    records?.served({ version, positive: String(classes[1]), since, until }),
  ])
  if (served === undefined) {
    throw new AppError(
      'CONFLICT',
      'there is no sink (SINK_URI is none), so nobody knows what was served; name a current sample',
    )
  }
  requireEnoughRows(served, window)
  return compareProfiles(profile, servedSample(served, makeFeatureBins(profile.columns, features), window), {
    contract,
    createdAt: asked.toISOString(),
    sources: {
      reference: { kind: 'profile', source: version },
      current: { kind: 'served', source: version, since, until },
    },
    modelVersion: version,
    whyNoScores: `the profile of model version ${version} has no scores`,
    findings: servedFindings(served, window),
    notTold: SERVED_NOT_TOLD,
  })
}
