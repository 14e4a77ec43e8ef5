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
  const hashes = hashRows(matrix, rows).sort()
  let distinct = 0
  for (const hash of hashes) if (distinct === 0 || hash !== hashes[distinct - 1]) hashes[distinct++] = hash
  if (2 * distinct < hashes.length) return undefined
  const kept = hashes.subarray(0, Math.min(distinct, most))
  const view = new DataView(new ArrayBuffer(4 * (1 + kept.length)))
  view.setUint32(0, kept.length < distinct ? kept[most - 1] : LARGEST, true)
  for (let i = 0; i < kept.length; i++) view.setUint32(4 * (i + 1), kept[i], true)
  return new Uint8Array(view.buffer)
}

/** [row of `matrix`, encoded as in that training] → 1 when the file says that it was certainly not trained on. */
export function unseenRows(file: Uint8Array, matrix: FeatureMatrix): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const largest = view.getUint32(0, true)
  const seen = new Set<number>()
  for (let at = 4; at < file.byteLength; at += 4) seen.add(view.getUint32(at, true))
  const every = Uint32Array.from({ length: matrix.rowCount }, (_, row) => row)
  return Uint8Array.from(hashRows(matrix, every), hash => (hash <= largest && !seen.has(hash) ? 1 : 0))
}

/** MurmurHash3 (x86, 32 bits, seed 0) of each row's float32 values; every NaN is the same missing value. */
function hashRows({ values, features }: FeatureMatrix, rows: Uint32Array): Uint32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const width = features.length
  const hashes = new Uint32Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    let hash = 0
    for (let at = rows[i] * width; at < (rows[i] + 1) * width; at++) {
      const isMissing = (bits[at] & 0x7fffffff) > 0x7f800000
      const word = Math.imul(isMissing ? 0x7fc00000 : bits[at], 0xcc9e2d51)
      hash ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593)
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
    }
    hash ^= 4 * width
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    hashes[i] = hash ^ (hash >>> 16)
  }
  return hashes
}
