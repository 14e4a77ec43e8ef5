/**
 * Which way rows go at every inner node of a tree, one bit each: bit (k & 7) of lane (k >> 3) is the k-th inner node in node
 * order, set when the row goes left, as findLeaf has it for numbers, categories and missing values.
 */
import type { Tree } from './tree.ts'

/** The place of each node among the inner ones; -1 for leaves. */
export function innerOrder(tree: Tree): Int32Array {
  let count = 0
  return Int32Array.from(tree.feature, feature => (feature >= 0 ? count++ : -1))
}

/** One byte per row in each lane; `columns` are the features, one array each. */
export function decideAll(tree: Tree, columns: readonly Float32Array[], rowCount: number): Uint8Array[] {
  const order = innerOrder(tree)
  const lanes = Array.from({ length: (tree.feature.length >> 4) + 1 }, () => new Uint8Array(rowCount))
  for (let node = 0; node < order.length; node++) {
    if (order[node] < 0) continue
    const lane = lanes[order[node] >> 3]
    const bit = 1 << (order[node] & 7)
    const missing = tree.missingLeft[node] === 1 ? bit : 0
    const threshold = tree.threshold[node]
    const column = columns[tree.feature[node]]
    if (tree.category[node] === 1) {
      const bitOfCode = bitsByCode(tree, node, bit)
      for (let row = 0; row < rowCount; row++) {
        const x = column[row]
        // Past the end there is no bit: a code above all that go left.
        lane[row] |= Number.isNaN(x) ? missing : bitOfCode[x]
      }
    } else {
      for (let row = 0; row < rowCount; row++) {
        const x = column[row]
        lane[row] |= Number.isNaN(x) ? missing : x <= threshold ? bit : 0
      }
    }
  }
  return lanes
}

/** [code] → `bit` for the codes that go left. */
function bitsByCode({ codes, codeStart }: Tree, node: number, bit: number): Uint8Array {
  const own = codes.subarray(codeStart[node], codeStart[node + 1])
  const bits = new Uint8Array(1 + Math.max(0, ...own))
  for (const code of own) bits[code] = bit
  return bits
}
