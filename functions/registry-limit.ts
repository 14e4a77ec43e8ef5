/** How long a request waits for the registry: who asks has a limit too, and wants an answer. */
import { withinTime } from '../shared/adapters/time-limit.ts'
import { AppError } from '../shared/core/errors.ts'

export interface RegistryLimit {
  /** Default 10 s. */
  readonly limitMs?: number
}

/** What the registry gives; STORAGE_FAILED once the time is over. */
export function answerOfRegistry<Value>(work: Promise<Value>, { limitMs = 10_000 }: RegistryLimit): Promise<Value> {
  return withinTime(limitMs, work, () => {
    throw new AppError('STORAGE_FAILED', `the registry gave no answer within ${limitMs / 1000} s`)
  })
}
