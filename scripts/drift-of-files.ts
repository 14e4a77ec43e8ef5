/** The work behind `npm run drift`: two files, or the champion's profile and one file, to a report. */
import {
  type DriftChampion,
  readDriftChampion,
  readReferenceProfile,
  scoredModel,
  scoreSamples,
} from '../shared/adapters/drift/champion-scorer.ts'
import type { Sample } from '../shared/adapters/drift/read-sample.ts'
import { readSamples } from '../shared/adapters/drift/read-samples.ts'
import type { ModelStore } from '../shared/adapters/registry/model-store.ts'
import type { Contract } from '../shared/core/contract/contract.ts'
import { compareProfiles } from '../shared/core/drift/compare.ts'
import type { DriftReport } from '../shared/core/drift/report.ts'
import { AppError } from '../shared/core/errors.ts'
import type { Progress } from './progress.ts'

export interface DriftFiles {
  /** undefined: the champion's profile. */
  readonly reference: string | undefined
  readonly current: string
}

export interface DriftSettings {
  readonly contract: Contract
  readonly store: ModelStore
  readonly createdAt: string
  readonly progress: Progress
}

export function driftOfFiles({ reference, current }: DriftFiles, settings: DriftSettings): Promise<DriftReport> {
  return reference === undefined ? againstProfile(current, settings) : againstTable(reference, current, settings)
}

async function againstProfile(current: string, settings: DriftSettings): Promise<DriftReport> {
  const { contract, store, createdAt } = settings
  const champion = await readDriftChampion(store)
  const profile = await readReferenceProfile(store, champion)
  const samples = await read([current], settings, champion)
  const [scored] = await scoreSamples(store, champion, samples)
  const { version } = champion.manifest
  return compareProfiles(profile, scored, {
    contract,
    createdAt,
    sources: { reference: { kind: 'profile', source: version }, current: { kind: 'table', source: current } },
    modelVersion: version,
  })
}

/** A champion only adds how its answers move: whatever is wrong with it is said in that part of the report. */
async function againstTable(reference: string, current: string, settings: DriftSettings): Promise<DriftReport> {
  const { contract, store, createdAt } = settings
  const sources = {
    reference: { kind: 'table', source: reference },
    current: { kind: 'table', source: current },
  } as const
  const champion = await orReason(() => readDriftChampion(store))
  if ('reason' in champion) {
    const [before, now] = await read([reference, current], settings)
    return compareProfiles(before.profile, now.profile, { contract, createdAt, sources, whyNoScores: champion.reason })
  }
  const samples = await read([reference, current], settings, champion)
  const scored = await orReason(() => scoreSamples(store, champion, samples))
  const [before, now] = 'reason' in scored ? samples.map(({ profile }) => profile) : scored
  const scoring = 'reason' in scored ? { whyNoScores: scored.reason } : { modelVersion: champion.manifest.version }
  return compareProfiles(before, now, { contract, createdAt, sources, ...scoring })
}

function read(paths: readonly string[], settings: DriftSettings, champion?: DriftChampion): Promise<Sample[]> {
  const { contract, progress } = settings
  const model = champion === undefined ? {} : { model: scoredModel(champion) }
  progress.start('reading', 100)
  return readSamples(
    paths.map(path => ({ path, contract, ...model })),
    { onProgress: (done, total) => progress.update(Math.round((100 * done) / total)) },
  )
}

async function orReason<Value>(work: () => Promise<Value>): Promise<Value | { readonly reason: string }> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { reason: error.message }
  }
}
