/** Small numbered objects read some at a time: a registry gains one with every decision, and a bucket is asked for each. */
import { AppError } from '../../core/errors.ts'

const AT_ONCE = 32

/** In the order of `numbers`; of a damaged one what is wrong with it. */
export async function readAll<T>(numbers: readonly number[], read: (n: number) => Promise<T>): Promise<(T | string)[]> {
  const results: (T | string)[] = []
  for (let from = 0; from < numbers.length; from += AT_ONCE) {
    const some = numbers.slice(from, from + AT_ONCE)
    results.push(...(await Promise.all(some.map(n => read(n).catch(damageOf)))))
  }
  return results
}

function damageOf(error: unknown): string {
  if (error instanceof AppError && error.code === 'MODEL_CORRUPT') return error.message
  throw error
}
