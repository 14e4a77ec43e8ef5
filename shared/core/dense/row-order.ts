/**
 * An order of rows that depends on what is in them and on the seed, not on where they stand in the table: whoever draws
 * minibatches from it gets the same ones for a table whose rows were shuffled.
 */
import { deriveSeed } from '../math/random.ts'
import type { LabelledMatrix } from '../preprocess/labelled-matrix.ts'

/** Row indices by a seeded hash of features, label and weight. Rows of one hash are equal rows, but for a rare accident. */
export function orderByContent({ matrix, labels, weights }: LabelledMatrix, seed: number): Uint32Array {
  const width = matrix.features.length
  const bits = new Uint32Array(matrix.values.buffer, matrix.values.byteOffset, matrix.values.length)
  const weightBits = new Uint32Array(2)
  const weight = new Float64Array(weightBits.buffer)
  const start = deriveSeed(seed, 'row order')
  const keys = Float64Array.from(labels, (label, row) => {
    weight[0] = weights ? weights[row] : 1
    let high = mixInto(start, label)
    let low = mixInto(start ^ 0x5bd1e995, label)
    for (let f = 0; f < width; f++) {
      // Every NaN is the same missing value, whatever its bits.
      const word = Number.isNaN(matrix.values[row * width + f]) ? 0x7fc00000 : bits[row * width + f]
      high = mixInto(high, word)
      low = mixInto(low, word)
    }
    high = mixInto(mixInto(high, weightBits[0]), weightBits[1])
    low = mixInto(mixInto(low, weightBits[0]), weightBits[1])
    return (high >>> 0) * 2 ** 21 + (low >>> 11)
  })
  return Uint32Array.from(keys, (_, row) => row).sort((a, b) => keys[a] - keys[b] || a - b)
}

/** One round of MurmurHash3 (32 bits). */
function mixInto(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = (k << 15) | (k >>> 17)
  let h = hash ^ Math.imul(k, 0x1b873593)
  h = (h << 13) | (h >>> 19)
  return (Math.imul(h, 5) + 0xe6546b64) | 0
}
