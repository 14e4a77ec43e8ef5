/**
 * Collects everything wrong with one input, so that the caller hears it all at once. Counts every problem and keeps the
 * first MAX_LISTED_PROBLEMS: a broken file of a million rows costs no more memory than a short one.
 */
import { AppError, type ErrorCode, MAX_LISTED_PROBLEMS, type Problem } from './errors.ts'

export class ProblemList {
  readonly listed: Problem[] = []
  count = 0

  add(problem: Problem): void {
    this.count++
    if (this.listed.length < MAX_LISTED_PROBLEMS) this.listed.push(problem)
  }

  /** true: further problems would be counted but not listed. */
  get full(): boolean {
    return this.count >= MAX_LISTED_PROBLEMS
  }

  /** `23 problems`, `1 problem in data/x.csv`; says so when not all of them are listed. */
  summary(where: string): string {
    const cut = this.count > this.listed.length ? `; the first ${this.listed.length} are listed` : ''
    return `${plural(this.count, 'problem')}${where}${cut}`
  }

  /** Throws when there is any problem. One problem is the message itself; of several the message gives the count. */
  throwIfAny(code: ErrorCode, source: string): void {
    if (this.count === 0) return
    const message = this.count === 1 ? this.listed[0].message : `${source}: ${this.summary('')}`
    throw new AppError(code, message, { problems: this.listed })
  }
}

/** `1 row`, `2 rows`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
