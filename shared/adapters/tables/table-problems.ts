/**
 * What is wrong with a file, each at `file:line:column` (both from 1, as editors count). Reading stops at the hundredth
 * problem: nobody mends more at once, and a file of another kind would have millions.
 */
import { AppError, type Problem } from '../../core/errors.ts'
import { ProblemList } from '../../core/problem-list.ts'

export interface Place {
  /** Line of the file, from 1. */
  readonly line: number
  /** Number of the cell in its row, from 1. */
  readonly column?: number
}

export class TableProblems {
  readonly #path: string
  readonly #list = new ProblemList()

  constructor(path: string) {
    this.#path = path
  }

  /** Throws INVALID_TABLE when the list is full. */
  add({ line, column }: Place, { field, code, message }: Problem): void {
    const place = column === undefined ? `${this.#path}:${line}` : `${this.#path}:${line}:${column}`
    const where = field === undefined ? {} : { field }
    this.#list.add(() => ({ ...where, code, message: `${place} ${message}` }))
    if (!this.#list.full) return
    const total = `at least ${this.#list.count} problems; reading stopped at line ${line}`
    throw new AppError('INVALID_TABLE', `${this.#path}: ${total}`, { problems: this.#list.listed })
  }

  get isEmpty(): boolean {
    return this.#list.count === 0
  }

  throwIfAny(): void {
    this.#list.throwIfAny('INVALID_TABLE', this.#path)
  }

  /** For what makes the rest of the file unreadable: told together with what was wrong before it. */
  failure(place: Place, problem: Problem): AppError {
    this.add(place, problem)
    return this.#list.toError('INVALID_TABLE', this.#path)
  }
}
