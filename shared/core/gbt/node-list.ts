/** The nodes of one tree while it grows: arrays of the largest size, cut at the end. */
import type { BinnedFeature, BinnedMatrix } from './bin.ts'
import type { Split } from './split.ts'
import { packCodes, type Tree } from './tree.ts'

export class NodeList {
  #count = 0
  readonly #feature: Int32Array
  readonly #threshold: Float32Array
  readonly #category: Uint8Array
  readonly #codes: number[][]
  readonly #missingLeft: Uint8Array
  readonly #left: Int32Array
  readonly #right: Int32Array
  readonly #value: Float32Array
  readonly #gain: Float64Array
  readonly #cover: Uint32Array

  constructor(most: number) {
    this.#feature = new Int32Array(most).fill(-1)
    this.#threshold = new Float32Array(most)
    this.#category = new Uint8Array(most)
    this.#codes = []
    this.#missingLeft = new Uint8Array(most)
    this.#left = new Int32Array(most)
    this.#right = new Int32Array(most)
    this.#value = new Float32Array(most)
    this.#gain = new Float64Array(most)
    this.#cover = new Uint32Array(most)
  }

  /** Adds a leaf and returns its index. */
  add(rowCount: number): number {
    this.#cover[this.#count] = rowCount
    return this.#count++
  }

  /** Turns leaf `node` into a split and adds its two leaves. `missingSeen`: the node had rows whose value is missing. */
  split(
    node: number,
    split: Split,
    binned: BinnedMatrix,
    rows: { readonly left: number; readonly right: number; readonly missingSeen: boolean },
  ): { readonly left: number; readonly right: number } {
    this.#feature[node] = split.feature
    const feature = binned.features[split.feature]
    if (feature.kind === 'number') this.#threshold[node] = thresholdOf(feature, split.bin)
    else {
      this.#category[node] = 1
      this.#codes[node] = Array.from(split.set ?? [], bin => feature.codes[bin - 1]).sort((a, b) => a - b)
    }
    // Where no missing value was seen, one met later goes with the larger side.
    this.#missingLeft[node] = (rows.missingSeen ? split.missingLeft : rows.left > rows.right) ? 1 : 0
    this.#gain[node] = split.gain
    const left = this.add(rows.left)
    const right = this.add(rows.right)
    this.#left[node] = left
    this.#right[node] = right
    return { left, right }
  }

  /** Sets the value of leaf `node` and returns it as it is stored. */
  setValue(node: number, value: number): number {
    this.#value[node] = value
    return this.#value[node]
  }

  finish(): Tree {
    const cut = <T extends Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array>(array: T) =>
      array.slice(0, this.#count) as T
    return {
      feature: cut(this.#feature),
      threshold: cut(this.#threshold),
      category: cut(this.#category),
      ...packCodes(Array.from({ length: this.#count }, (_, node) => this.#codes[node] ?? [])),
      missingLeft: cut(this.#missingLeft),
      left: cut(this.#left),
      right: cut(this.#right),
      value: cut(this.#value),
      gain: cut(this.#gain),
      cover: cut(this.#cover),
    }
  }
}

/** The largest finite float32: every known number is at or below it. */
const LARGEST = 3.4028234663852886e38

function thresholdOf({ binCount, thresholds }: Extract<BinnedFeature, { kind: 'number' }>, bin: number): number {
  return bin === binCount - 1 ? LARGEST : thresholds[bin - 1]
}
