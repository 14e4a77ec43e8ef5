/** Split by split against LightGBM (data/golden/trees.json): the same bin codes into both give the same first trees. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DEFAULT_BOOST, fitTrees } from './boost.ts'
import type { Tree } from './tree.ts'

/** [feature, largest code that goes left, left, right], or the value of a leaf. */
type Structure = number | [number, number, Structure, Structure]

interface GoldenCase {
  readonly name: string
  readonly leaves: number
  readonly l2: number
  /** Per feature, one character per row: code 0 is "0", code 1 is "1", ... */
  readonly codes: readonly string[]
  readonly labels: string
  readonly trees: readonly Structure[]
}

const GOLDEN = join(import.meta.dirname, '../../../data/golden/trees.json')
const { cases } = JSON.parse(readFileSync(GOLDEN, 'utf8')) as { cases: readonly GoldenCase[] }

function fitCase({ codes, labels, leaves, l2, trees }: GoldenCase) {
  const width = codes.length
  const values = new Float32Array(width * labels.length)
  codes.forEach((column, f) => {
    for (let row = 0; row < labels.length; row++) values[row * width + f] = column.charCodeAt(row) - 48
  })
  const features = codes.map((_, f) => ({ name: `f${f}`, kind: 'number' }) as const)
  const data = {
    matrix: { rowCount: labels.length, features, values },
    labels: Uint8Array.from(labels, Number),
  }
  const options = { ...DEFAULT_BOOST, trees: trees.length, leaves, l2, earlyStoppingRounds: 0 }
  return fitTrees(data, options, { seed: 1 })
}

const isLeaf = (structure: Structure): structure is number => typeof structure === 'number'

/** Features and thresholds only. */
function shapeOf(structure: Structure): unknown {
  if (isLeaf(structure)) return 'leaf'
  const [feature, code, left, right] = structure
  return [feature, code, shapeOf(left), shapeOf(right)]
}

function leavesOf(structure: Structure): number[] {
  return isLeaf(structure) ? [structure] : [...leavesOf(structure[2]), ...leavesOf(structure[3])]
}

/** Our tree in the golden file's form. `shift` is added to each leaf. */
function structureOf(tree: Tree, shift: number, node = 0): Structure {
  if (tree.feature[node] < 0) return tree.value[node] + shift
  const child = (at: number) => structureOf(tree, shift, at)
  return [tree.feature[node], Math.floor(tree.threshold[node]), child(tree.left[node]), child(tree.right[node])]
}

test.each(cases)('LightGBM 4.7.0 grows the same trees on $name', golden => {
  const ensemble = fitCase(golden)
  golden.trees.forEach((expected, i) => {
    // LightGBM keeps the base in the leaves of its first tree.
    const own = structureOf(ensemble.trees[i], i === 0 ? ensemble.base : 0)
    expect(shapeOf(own), `tree ${i}`).toEqual(shapeOf(expected))
    const values = leavesOf(expected)
    leavesOf(own).forEach((value, leaf) => {
      expect(Math.abs(value - values[leaf]), `tree ${i}, leaf ${leaf}`).toBeLessThan(1e-6)
    })
  })
})
