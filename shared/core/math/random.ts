/**
 * Seeded random numbers: xoroshiro128+ (pure-rand) behind the few draws the product needs. Same seed, same numbers, on
 * every machine. A Random is a stream with state: give each independent part its own, by `deriveSeed(seed, label)`.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

export interface Random {
  /** A float64 in [0, 1), a multiple of 2^-53. */
  uniform(): number
  /** An integer in [min, max], both ends included, without modulo bias. */
  integer(min: number, max: number): number
  /** A standard normal number, by Marsaglia's polar method (log and sqrt only; every second draw is the spare). */
  normal(): number
  /** Shuffles in place (Fisher-Yates, from the end). */
  shuffleInto(values: Uint32Array): void
  /** k distinct integers of [0, n) in ascending order, every subset equally likely (Knuth's Algorithm S). 0 <= k <= n. */
  sample(n: number, k: number): Uint32Array
}

/** A new stream. `seed` is any safe integer; all of its bits count. */
export function makeRandom(seed: number): Random {
  const generator = xoroshiro128plusFromState(stateOf(seed))
  let spare = Number.NaN

  const uniform = () => uniformFloat64(generator)
  return {
    uniform,
    integer(min, max) {
      if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min > max) {
        throw new RangeError(`integer(min, max) needs integers with min <= max; got ${min} and ${max}`)
      }
      return uniformInt(generator, min, max)
    },
    normal() {
      if (!Number.isNaN(spare)) {
        const value = spare
        spare = Number.NaN
        return value
      }
      let x: number
      let y: number
      let square: number
      do {
        x = 2 * uniform() - 1
        y = 2 * uniform() - 1
        square = x * x + y * y
      } while (square >= 1 || square === 0)
      const scale = Math.sqrt((-2 * Math.log(square)) / square)
      spare = y * scale
      return x * scale
    },
    shuffleInto(values) {
      for (let i = values.length - 1; i > 0; i--) {
        const j = uniformInt(generator, 0, i)
        const moved = values[i]
        values[i] = values[j]
        values[j] = moved
      }
    },
    sample(n, k) {
      if (!Number.isSafeInteger(n) || !Number.isSafeInteger(k) || k < 0 || k > n) {
        throw new RangeError(`sample(n, k) needs integers with 0 <= k <= n; got n = ${n} and k = ${k}`)
      }
      const chosen = new Uint32Array(k)
      for (let i = 0, count = 0; count < k; i++) {
        if ((n - i) * uniform() < k - count) chosen[count++] = i
      }
      return chosen
    },
  }
}

/**
 * A seed (uint32) for the stream called `label`: FNV-1a over the label's UTF-16 code units, begun at the mixed
 * seed, then mixed again. Mixed first, because seed ^ 3 with label "a" would else be seed with label "b".
 */
export function deriveSeed(seed: number, label: string): number {
  let hash = mix32(0x811c9dc5 ^ foldSeed(seed))
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193)
  return mix32(hash)
}

/**
 * The four words of the generator's state. pure-rand's own seeding puts the seed itself into the state, so neighbouring
 * seeds begin with nearly equal numbers; a counter through mix32 (as SplitMix seeds) does not. mix32 is one-to-one, so at
 * most one of the four words is zero, which the generator needs.
 */
function stateOf(seed: number): [number, number, number, number] {
  const start = foldSeed(seed)
  const word = (i: number) => mix32(start + Math.imul(i, 0x9e3779b9)) | 0
  return [word(1), word(2), word(3), word(4)]
}

/** 53 bits of seed into 32: the high part is mixed in, so that seeds below 2^32 stay distinct. */
function foldSeed(seed: number): number {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a safe integer; got ${seed}`)
  const high = Math.floor(seed / 2 ** 32)
  return (seed ^ (high === 0 ? 0 : mix32(high))) >>> 0
}

/** The finalizer of MurmurHash3: a one-to-one map of uint32 in which every input bit reaches every output bit. */
function mix32(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
