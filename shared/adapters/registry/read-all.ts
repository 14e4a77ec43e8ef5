/** Small objects read some at a time: a registry gains them with every training, and a bucket is asked for each. */
import { AppError } from '../../core/errors.ts'

const AT_ONCE = 32

/** In the order of `names`; of a damaged one what is wrong with it. */
export async function readAll<N, T>(names: readonly N[], read: (name: N) => Promise<T>): Promise<(T | string)[]> {
  const results: (T | string)[] = []
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const some = names.slice(from, from + AT_ONCE)
    results.push(...(await Promise.all(some.map(name => read(name).catch(damageOf)))))
  }
  return results
}

/** What is wrong with a damaged object. Throws any other error again. */
export function damageOf(error: unknown): string {
  if (error instanceof AppError && error.code === 'MODEL_CORRUPT') return error.message
  throw error
}
