/** profile.json of a model version: what drift compares with, and the bins that its answers are counted into. */
import { type FeatureBins, makeFeatureBins } from '../../core/drift/feature-bins.ts'
import type { Profile } from '../../core/drift/profile.ts'
import { PROFILE_FILE, parseProfile } from '../../core/drift/profile-document.ts'
import { AppError } from '../../core/errors.ts'
import type { NamedModel } from '../registry/named-model.ts'

/** Throws NO_CHAMPION for a version that was made before there were profiles. */
export async function readProfile({ manifest, readFile }: NamedModel): Promise<Profile> {
  const { version, files } = manifest
  if (!Object.hasOwn(files, PROFILE_FILE)) {
    const message = `model version ${version} has no ${PROFILE_FILE}; name a reference table, or train a new version`
    throw new AppError('NO_CHAMPION', message)
  }
  const place = `${version}/${PROFILE_FILE}`
  return parseProfile(parseJson(await readFile(PROFILE_FILE), place), place)
}

/** By the model's inputs, in their order. */
export async function readFeatureBins(model: NamedModel): Promise<FeatureBins[]> {
  return makeFeatureBins((await readProfile(model)).columns, model.manifest.features)
}

function parseJson(bytes: Uint8Array, place: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new AppError('MODEL_CORRUPT', `${place} is not JSON`, { cause })
  }
}
