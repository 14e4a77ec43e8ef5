/** The champion of a registry that must have one. */
import { AppError } from '../../core/errors.ts'
import type { ChampionPointer } from './champion-pointer.ts'
import type { ModelStore } from './model-store.ts'

/** Throws NO_CHAMPION while there is none, and what the store throws. */
export async function requireChampion(store: Pick<ModelStore, 'uri' | 'champion'>): Promise<ChampionPointer> {
  const pointer = await store.champion()
  if (pointer) return pointer
  const message = `${store.uri} has no champion yet; npm run train makes and promotes a model version`
  throw new AppError('NO_CHAMPION', message)
}
