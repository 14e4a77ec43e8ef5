/** What a contract's `monotone` asks of a run: only some families can keep a direction. */
import type { Contract } from '../contract/contract.ts'
import { AppError } from '../errors.ts'
import { FAMILIES } from '../model/family.ts'
import type { FamilyName } from '../model/manifest.ts'
import type { RunDocument } from './run.ts'

/** The families that cannot keep the contract's directions; none where it asks for none. */
export function familiesWithoutDirections(contract: Contract): FamilyName[] {
  if (directedNames(contract).length === 0) return []
  return (Object.keys(FAMILIES) as FamilyName[]).filter(name => !FAMILIES[name].keepsDirections)
}

/** Throws INVALID_RUN when the run has a family that cannot keep them. */
export function checkDirections({ families }: RunDocument, contract: Contract): void {
  const unfit = familiesWithoutDirections(contract).filter(name => name in families)
  if (unfit.length === 0) return
  const able = Object.values(FAMILIES).flatMap(({ name, keepsDirections }) => (keepsDirections ? [name] : []))
  throw new AppError(
    'INVALID_RUN',
    `families has ${unfit.join(', ')}, which cannot keep ${directionsText(contract)}; allowed: ${able.join(', ')}, or a contract without monotone`,
  )
}

/** For people: `tenure_months decreasing, price increasing`. */
export function directionsText(contract: Contract): string {
  return directedNames(contract).join(', ')
}

function directedNames({ features }: Contract): string[] {
  return features.flatMap(feature =>
    feature.type !== 'category' && feature.monotone !== undefined ? [`${feature.name} ${feature.monotone}`] : [],
  )
}
