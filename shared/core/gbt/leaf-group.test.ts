import { expect, test } from 'vitest'
import { labelledRows } from '../model/family.conformance.ts'
import { DEFAULT_BOOST, fitTrees } from './boost.ts'
import { decideAll } from './decisions.ts'
import { leafGroups } from './leaf-group.ts'
import { findLeaf } from './tree.ts'

const options = { ...DEFAULT_BOOST, trees: 5, leaves: 31, earlyStoppingRounds: 0 }
const { trees } = fitTrees(labelledRows(1, 2000), options, { seed: 3 })
const { matrix } = labelledRows(2, 300)
const width = matrix.features.length
const columns = matrix.features.map((_, f) =>
  Float32Array.from({ length: matrix.rowCount }, (_, row) => matrix.values[row * width + f]),
)

test.each([1, 4, 11, 16])(
  'in groups of %i bits a row passes all features of exactly one leaf: the one findLeaf finds',
  mostBits => {
    for (const tree of trees) {
      const lanes = decideAll(tree, columns, matrix.rowCount)
      const groups = leafGroups(tree, mostBits)
      for (let row = 0; row < matrix.rowCount; row++) {
        const reached = groups.flatMap(group => {
          if (group.kind === 'long') {
            const passes = group.conditions.every(({ lane, care, want }) => (lanes[lane][row] & care) === want)
            return passes ? [group.value] : []
          }
          const code = group.lanes.reduce((bits, { lane, codes }) => bits | codes[lanes[lane][row]], 0)
          const passed = group.leaves.filter(({ care, want }) => care.every((bits, e) => (code & bits) === want[e]))
          return passed.map(({ value }) => value)
        })
        expect(reached).toEqual([tree.value[findLeaf(tree, matrix.values, row * width)]])
      }
    }
  },
)

test('every leaf is in one group, and codes stay within their bits', () => {
  for (const tree of trees) {
    const groups = leafGroups(tree, 6)
    const leaves = groups.reduce((sum, group) => sum + (group.kind === 'long' ? 1 : group.leaves.length), 0)
    expect(leaves).toBe(31)
    const codes = groups.flatMap(group => (group.kind === 'long' ? [] : group.lanes.flatMap(lane => [...lane.codes])))
    expect(Math.max(...codes)).toBeLessThan(2 ** 6)
    expect(groups.length).toBeLessThan(31)
  }
})
