/**
 * Comparisons with a rule's bound. A value within 1e-9 of the bound is at the bound: a drop of exactly 3 % is 3 %, though
 * in doubles 100 * (0.9 - 0.873) / 0.9 is not.
 */

const TOLERANCE = 1e-9

/** value >= bound; false for a value that was not measured. */
export function reaches(value: number | undefined, bound: number): boolean {
  return value !== undefined && value >= bound - TOLERANCE
}

/** value > bound; false for a value that was not measured. */
export function exceeds(value: number | undefined, bound: number): boolean {
  return value !== undefined && value > bound + TOLERANCE
}
