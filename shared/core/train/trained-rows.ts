/**
 * trained_rows.bin: which rows a version was trained on, as hashes of their features, so that a later comparison can leave
 * them out: a model that has seen a row answers it better than it deserves. Little-endian uint32: the largest hash that is
 * told of, then the distinct hashes in rising order. Of more than a million the smallest are kept: rows whose hash is above
 * them cannot be told, and are as good a sample as any to leave out.
 *
 * Labels are not hashed: leaving out a row because its label is the one that was seen would keep the surprising ones.
 */
import type { FeatureMatrix } from '../preprocess/preprocessor.ts'

export const TRAINED_ROWS_FILE = 'trained_rows.bin'

const MOST_HASHES = 1_000_000
const LARGEST = 0xffffffff

/** undefined: most rows have the features of another one, so that features do not tell rows apart. */
export function describeTrainedRows(
  matrix: FeatureMatrix,
  rows: Uint32Array,
  most = MOST_HASHES,
): Uint8Array | undefined {
  const bits = bitsOf(matrix)
  const hashes = rows.map(row => hashRow(bits, row, matrix.features.length)).sort()
  const distinct = hashes.filter((hash, i) => i === 0 || hash !== hashes[i - 1])
  if (2 * distinct.length < hashes.length) return undefined
  const kept = distinct.subarray(0, most)
  const largest = kept.length < distinct.length ? kept[most - 1] : LARGEST
  const view = new DataView(new ArrayBuffer(4 * (1 + kept.length)))
  view.setUint32(0, largest, true)
  for (const [i, hash] of kept.entries()) view.setUint32(4 * (i + 1), hash, true)
  return new Uint8Array(view.buffer)
}

/** Which rows of `matrix`, encoded as in that training, the file says were certainly not trained on. */
export function unseenRows(file: Uint8Array, matrix: FeatureMatrix): boolean[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const largest = view.getUint32(0, true)
  const seen = new Set<number>()
  for (let at = 4; at < file.byteLength; at += 4) seen.add(view.getUint32(at, true))
  const bits = bitsOf(matrix)
  return Array.from({ length: matrix.rowCount }, (_, row) => {
    const hash = hashRow(bits, row, matrix.features.length)
    return hash <= largest && !seen.has(hash)
  })
}

function bitsOf({ values }: FeatureMatrix): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length)
}

/** MurmurHash3 (x86, 32 bits, seed 0) of the row's float32 values; every NaN is the same missing value. */
function hashRow(bits: Uint32Array, row: number, width: number): number {
  let hash = 0
  for (let at = row * width; at < (row + 1) * width; at++) {
    let word = Math.imul((bits[at] & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : bits[at], 0xcc9e2d51)
    word = Math.imul((word << 15) | (word >>> 17), 0x1b873593)
    hash ^= word
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  hash ^= 4 * width
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
