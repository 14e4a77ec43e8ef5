/** The champion as drift needs it: what it was trained on, and what it answers to rows of a sample. */
import { type Contract, parseContract } from '../../core/contract/contract.ts'
import type { Profile } from '../../core/drift/profile.ts'
import type { ScorableRows, ScoredModel } from '../../core/drift/scorable-rows.ts'
import { makeScoreProfile } from '../../core/drift/score-profile.ts'
import { AppError } from '../../core/errors.ts'
import { MANIFEST_FILE, MODEL_FILE, type ModelManifest } from '../../core/model/manifest.ts'
import { type ModelSession, openSession } from '../onnx/session.ts'
import type { ModelStore } from '../registry/model-store.ts'
import { requireChampion } from '../registry/require-champion.ts'
import type { Sample } from './read-sample.ts'
import { readProfile } from './reference-profile.ts'

export interface DriftChampion {
  readonly manifest: ModelManifest
  /** The contract it was trained by. */
  readonly contract: Contract
}

/** Throws NO_CHAMPION while there is none. */
export async function readDriftChampion(store: ModelStore): Promise<DriftChampion> {
  const manifest = await store.manifest(await requireChampion(store))
  return { manifest, contract: parseContract(manifest.contract, `${manifest.version}/${MANIFEST_FILE}`) }
}

/** The champion's own reference. Throws NO_CHAMPION for a version that was made before there were any. */
export function readReferenceProfile(store: ModelStore, { manifest }: DriftChampion): Promise<Profile> {
  return readProfile({ manifest, readFile: name => store.readFile(manifest, name) })
}

/** What reading a sample needs to know of the model. */
export function scoredModel({ manifest, contract }: DriftChampion): ScoredModel {
  return { contract, specs: manifest.features, classes: manifest.classes }
}

/** Each sample's profile with the champion's scores of its rows. */
export async function scoreSamples(
  store: ModelStore,
  { manifest }: DriftChampion,
  samples: readonly Sample[],
): Promise<Profile[]> {
  const session = await open(await store.readFile(manifest, MODEL_FILE), manifest.version)
  const scored: Profile[] = []
  for (const { profile, scorable } of samples) {
    if (scorable === undefined) throw new Error('a sample was read without the model that is to score it')
    const scores = await scoresOf(session, scorable)
    const { labels, refused } = scorable
    const sample = { scores, labels, refused, threshold: manifest.threshold }
    scored.push({ ...profile, scores: makeScoreProfile(sample, Number.POSITIVE_INFINITY) })
  }
  return scored
}

async function open(bytes: Uint8Array, version: string): Promise<ModelSession> {
  try {
    return await openSession(bytes)
  } catch (cause) {
    throw new AppError('MODEL_CORRUPT', `model version ${version} cannot be loaded; promote another version`, { cause })
  }
}

async function scoresOf(session: ModelSession, { values, rowCount }: ScorableRows): Promise<Float32Array> {
  return rowCount === 0 ? new Float32Array() : session.run(values, rowCount)
}
