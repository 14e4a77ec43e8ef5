/**
 * From the registry to a model that answers. What cannot be served is MODEL_CORRUPT with the version's name, whatever
 * failed underneath, because the request that met it is not at fault.
 */
import { readFeatureBins } from '../shared/adapters/drift/reference-profile.ts'
import { openSession } from '../shared/adapters/onnx/session.ts'
import type { ChampionPointer } from '../shared/adapters/registry/champion-pointer.ts'
import type { ModelStore } from '../shared/adapters/registry/model-store.ts'
import { requireChampion } from '../shared/adapters/registry/require-champion.ts'
import { parseContract } from '../shared/core/contract/contract.ts'
import { AppError } from '../shared/core/errors.ts'
import { MANIFEST_FILE, MODEL_FILE, type ModelManifest } from '../shared/core/model/manifest.ts'
import { makeRowEncoder } from '../shared/core/preprocess/row-encoder.ts'
import type { ServingModel } from './predict.ts'

interface Champion {
  readonly pointer: ChampionPointer
  readonly manifest: ModelManifest
  /** model.onnx, equal to its recorded hash. */
  readonly bytes: Uint8Array
}

/** A model that answers, and which promotion made it champion. */
export interface LoadedChampion extends ServingModel {
  readonly pointer: ChampionPointer
  readonly manifest: ModelManifest
}

export async function loadChampion(store: ModelStore): Promise<LoadedChampion> {
  const { pointer, manifest, bytes } = await readChampion(store)
  const { name, version, threshold, classes, features, contract } = manifest
  return orCorrupt(`model version ${version}`, async () => {
    const encodeRows = makeRowEncoder(parseContract(contract, `${version}/${MANIFEST_FILE}`), features)
    const { run } = await openSession(bytes)
    // One row of nothing but missing values: a model that cannot answer fails here and not at the first request.
    await run(new Float32Array(features.length).fill(Number.NaN), 1)
    const loadBins = () => readFeatureBins({ manifest, readFile: file => store.readFile(manifest, file) })
    return { name, version, threshold, classes, encodeRows, run, loadBins, pointer, manifest }
  })
}

/** Resolves when the champion can be read and is intact. A version once found intact is not read again: versions never change. */
export function makeChampionCheck(store: ModelStore): () => Promise<void> {
  let intact: string | undefined
  return async () => {
    if (intact !== undefined && (await store.champion())?.manifest_sha256 === intact) return
    const { pointer } = await readChampion(store)
    intact = pointer.manifest_sha256
  }
}

async function readChampion(store: ModelStore): Promise<Champion> {
  const pointer = await orCorrupt('the champion', () => requireChampion(store))
  return orCorrupt(`model version ${pointer.version}`, async () => {
    const manifest = await store.manifest(pointer)
    return { pointer, manifest, bytes: await store.readFile(manifest, MODEL_FILE) }
  })
}

async function orCorrupt<Value>(subject: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof AppError && cause.status === 503) throw cause
    // An AppError's words may be shown; those of onnxruntime, say, only go to the log.
    const reason = cause instanceof AppError ? `: ${cause.message}` : ''
    const message = `${subject} cannot be loaded${reason}; promote another version`
    throw new AppError('MODEL_CORRUPT', message, { cause })
  }
}
