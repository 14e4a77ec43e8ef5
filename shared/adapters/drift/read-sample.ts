/** From a table file, or rows of a request, to a sample that drift can compare: its profile, and rows for the model to score. */
import type { Contract } from '../../core/contract/contract.ts'
import { makeProfile, type Profile } from '../../core/drift/profile.ts'
import { type ScorableRows, type ScoredModel, scorableRows } from '../../core/drift/scorable-rows.ts'
import { type LenientTable, readLenientTable } from '../tables/lenient-table.ts'

export interface SampleRequest {
  readonly path: string
  readonly contract: Contract
  /** The model that is to score the sample; absent: none. */
  readonly model?: ScoredModel
}

export interface Sample {
  /** With every distinct value; without scores yet. */
  readonly profile: Profile
  /** Present when there is a model. */
  readonly scorable?: ScorableRows
}

export type ReadProgress = (bytesRead: number, totalBytes: number) => void

export async function readSample(request: SampleRequest, onProgress?: ReadProgress): Promise<Sample> {
  const { path, contract, model } = request
  return sampleOf(await readLenientTable({ path, onProgress }, contract), contract, model)
}

export function sampleOf(
  { table, unreadable, unlisted }: LenientTable,
  contract: Contract,
  model?: ScoredModel,
): Sample {
  const scorable = model === undefined ? {} : { scorable: scorableRows(table, model) }
  return {
    profile: makeProfile(table, contract, {
      mostValues: Number.POSITIVE_INFINITY,
      unreadable,
      unlisted,
      consume: true,
    }),
    ...scorable,
  }
}
