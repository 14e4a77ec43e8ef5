/**
 * A share with its uncertainty, or the reason why there is none: a rate of five rows is no rate. Numbers carry Wilson's
 * 95 % interval, differences Newcombe's.
 */

/** Rows a group needs for its shares of all rows. */
export const MIN_ROWS = 50
/** Positives a group needs for its true positive rate, negatives for its false positive rate; both for its ROC-AUC. */
export const MIN_CLASS_ROWS = 10

/** 97.5 % of the standard normal law lies below it: two-sided 95 %. */
const Z_95 = 1.959963984540054

export interface Measure {
  readonly value: number
  /** Bounds at 95 %. */
  readonly low: number
  readonly high: number
}

export interface TooFew {
  readonly too_few: string
}

export type Measured = Measure | TooFew

export function isMeasured(measured: Measured): measured is Measure {
  return 'value' in measured
}

/** count / total with Wilson's score interval (1927), which stays inside [0, 1] and is right for shares near 0. total > 0. */
export function shareOf(count: number, total: number): Measure {
  const value = count / total
  const spread = (Z_95 * Z_95) / total
  const center = (value + spread / 2) / (1 + spread)
  const reach = Math.sqrt(spread * value * (1 - value) + (spread * spread) / 4) / (1 + spread)
  // The bounds at no and at all rows are exact; rounding must not put the value outside of them.
  return {
    value,
    low: Math.min(Math.max(0, center - reach), value),
    high: Math.max(Math.min(1, center + reach), value),
  }
}

/** `shareOf`, or the reason when there are less than `needed` rows of that kind. */
export function shareOfEnough(
  count: number,
  total: number,
  { needed, kind }: { readonly needed: number; readonly kind: string },
): Measured {
  return total < needed ? tooFew(total, { needed, kind }) : shareOf(count, total)
}

export function tooFew(total: number, { needed, kind }: { readonly needed: number; readonly kind: string }): TooFew {
  return { too_few: `${total} ${kind}; needed: ${needed}` }
}

/** a - b with Newcombe's interval (1998, method 10): the distances to the bounds of the two shares, squared and added. */
export function differenceOf(a: Measure, b: Measure): Measure {
  const value = a.value - b.value
  return {
    value,
    low: value - Math.hypot(a.value - a.low, b.high - b.value),
    high: value + Math.hypot(a.high - a.value, b.value - b.low),
  }
}
