/**
 * Collects everything wrong with one input, so that the caller hears it all at once. Counts every problem but describes
 * only the first MAX_LISTED_PROBLEMS: a broken file of a million rows costs no more memory than a short one.
 */
import { AppError, type ErrorCode, MAX_LISTED_PROBLEMS, type Problem } from './errors.ts'

export class ProblemList {
  readonly listed: Problem[] = []
  count = 0

  /** `describe` is called only while there is room in the list. */
  add(describe: () => Problem): void {
    this.count++
    if (this.listed.length < MAX_LISTED_PROBLEMS) this.listed.push(describe())
  }

  /** true: further problems would be counted but not listed. */
  get full(): boolean {
    return this.listed.length >= MAX_LISTED_PROBLEMS
  }

  /** Throws toError's error when there is any problem. */
  throwIfAny(code: ErrorCode, subject: string): void {
    if (this.count > 0) throw this.toError(code, subject)
  }

  /**
   * A single problem is the message itself; of several the message gives the count, and `subject` (a file's name) stands
   * before it.
   */
  toError(code: ErrorCode, subject: string): AppError {
    const message = this.count === 1 ? this.listed[0].message : `${subject}: ${this.summary()}`
    return new AppError(code, message, { problems: this.listed })
  }

  /** `23 problems`, or with `where` `230 problems in 4 rows; the first 100 are listed`. */
  summary(where = ''): string {
    const cut = this.count > this.listed.length ? `; the first ${this.listed.length} are listed` : ''
    return `${plural(this.count, 'problem')}${where}${cut}`
  }
}

/** `1 row`, `2 rows`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
