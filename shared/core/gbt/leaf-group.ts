/**
 * A tree cut into groups of neighbouring leaves, so small that all a Shapley value needs to know of a row fits into a code
 * of a few bits:
 *
 *   root ── path, one bit per feature on it: fails the path's conditions on that feature (every order of the other
 *    │      features sees them as one)
 *   subtree, one bit per inner node: goes left
 *
 * The code of a row is put together from its decisions (decisions.ts) by one lookup per lane.
 */
import { innerOrder } from './decisions.ts'
import type { Tree } from './tree.ts'

/** A leaf as a game over the features on its path. */
export interface Leaf {
  readonly value: number
  /** Each feature's position in the group's `features`. */
  readonly slots: Int32Array
  /** Share of rows that pass a feature's nodes when it is not known: the product of child cover / parent cover. */
  readonly shares: Float64Array
  /** A row passes feature e when (code & care[e]) === want[e]. */
  readonly care: Int32Array
  readonly want: Int32Array
}

export interface LeafGroup {
  readonly kind: 'group'
  readonly features: Int32Array
  readonly leaves: readonly Leaf[]
  /** A row's code is the union over these lanes of codes[row's byte in the lane]. */
  readonly lanes: readonly { readonly lane: number; readonly codes: Uint16Array }[]
}

/** A leaf with more features on its path than a code has bits. */
export interface LongPath {
  readonly kind: 'long'
  readonly value: number
  readonly features: Int32Array
  readonly shares: Float64Array
  /** A row passes a feature when every condition with its slot holds: (byte of the lane & care) === want. */
  readonly conditions: readonly (LaneCondition & { readonly slot: number })[]
}

interface LaneCondition {
  readonly lane: number
  readonly care: number
  readonly want: number
}

/** One feature on the path to a node. */
interface Step {
  readonly feature: number
  readonly share: number
  readonly conditions: readonly LaneCondition[]
}

/** Every leaf of the tree that has a path, in groups of codes of up to `mostBits` bits (1 to 16). */
export function leafGroups(tree: Tree, mostBits: number): (LeafGroup | LongPath)[] {
  const order = innerOrder(tree)
  const leafCounts = countLeaves(tree)
  const groups: (LeafGroup | LongPath)[] = []
  const stack: { node: number; path: readonly Step[] }[] = [{ node: 0, path: [] }]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, path } = top
    const isLeaf = tree.feature[node] < 0
    if (path.length + leafCounts[node] - 1 <= mostBits) {
      if (path.length > 0 || !isLeaf) groups.push(makeGroup(tree, order, node, path))
    } else if (isLeaf) groups.push(makeLongPath(tree.value[node], path))
    else {
      for (const child of [tree.right[node], tree.left[node]]) {
        stack.push({ node: child, path: extend(path, tree, node, child, order[node]) })
      }
    }
  }
  return groups
}

/** Children stand behind their parents, so from the end every count is known when it is asked for. */
function countLeaves({ feature, left, right }: Tree): Int32Array {
  const counts = new Int32Array(feature.length)
  for (let node = feature.length - 1; node >= 0; node--) {
    counts[node] = feature[node] < 0 ? 1 : counts[left[node]] + counts[right[node]]
  }
  return counts
}

/** The child's share of its parent's rows; half where no row reached either child. */
export function coverShare({ cover, left, right }: Tree, node: number, child: number): number {
  const both = cover[left[node]] + cover[right[node]]
  return both > 0 ? cover[child] / both : 0.5
}

function extend(path: readonly Step[], tree: Tree, node: number, child: number, place: number): Step[] {
  const feature = tree.feature[node]
  const [lane, bit] = [place >> 3, 1 << (place & 7)]
  const known = path.find(step => step.feature === feature)
  const same = known?.conditions.find(condition => condition.lane === lane)
  const condition = {
    lane,
    care: (same?.care ?? 0) | bit,
    want: (same?.want ?? 0) | (tree.left[node] === child ? bit : 0),
  }
  const step = {
    feature,
    share: (known?.share ?? 1) * coverShare(tree, node, child),
    conditions: [...(known?.conditions ?? []).filter(one => one !== same), condition],
  }
  return known === undefined ? [...path, step] : path.map(one => (one === known ? step : one))
}

function makeLongPath(value: number, path: readonly Step[]): LongPath {
  return {
    kind: 'long',
    value,
    features: Int32Array.from(path, ({ feature }) => feature),
    shares: Float64Array.from(path, ({ share }) => share),
    conditions: path.flatMap(({ conditions }, slot) => conditions.map(condition => ({ slot, ...condition }))),
  }
}

/** What a leaf asks of one feature, in bits of the code. */
interface CodeCondition {
  readonly share: number
  readonly care: number
  readonly want: number
}

function makeGroup(tree: Tree, order: Int32Array, root: number, path: readonly Step[]): LeafGroup {
  const slots = new Map(path.map(({ feature }, slot) => [feature, slot]))
  const leaves: Leaf[] = []
  const nodes: { readonly place: number; readonly bit: number }[] = []
  // Depth is bounded by the bits of a code.
  const visit = (node: number, conditions: ReadonlyMap<number, CodeCondition>): void => {
    const feature = tree.feature[node]
    if (feature < 0) {
      leaves.push(makeLeaf(tree.value[node], conditions, slots))
      return
    }
    const bit = 1 << (path.length + nodes.length)
    nodes.push({ place: order[node], bit })
    if (!slots.has(feature)) slots.set(feature, slots.size)
    const known = conditions.get(feature) ?? { share: 1, care: 0, want: 0 }
    for (const child of [tree.left[node], tree.right[node]]) {
      const condition = {
        share: known.share * coverShare(tree, node, child),
        care: known.care | bit,
        want: known.want | (tree.left[node] === child ? bit : 0),
      }
      visit(child, new Map([...conditions, [feature, condition]]))
    }
  }
  visit(root, new Map(path.map(({ feature, share }, slot) => [feature, { share, care: 1 << slot, want: 0 }])))
  return { kind: 'group', features: Int32Array.from(slots.keys()), leaves, lanes: makeLanes(path, nodes) }
}

function makeLeaf(value: number, conditions: ReadonlyMap<number, CodeCondition>, slots: ReadonlyMap<number, number>) {
  const entries = [...conditions]
  return {
    value,
    slots: Int32Array.from(entries, ([feature]) => slots.get(feature) ?? -1),
    shares: Float64Array.from(entries, ([, { share }]) => share),
    care: Int32Array.from(entries, ([, { care }]) => care),
    want: Int32Array.from(entries, ([, { want }]) => want),
  }
}

/** For every lane that the path or a node of the subtree has a bit in: what each byte adds to the code. */
function makeLanes(path: readonly Step[], nodes: readonly { readonly place: number; readonly bit: number }[]) {
  const codesOf = new Map<number, Uint16Array>()
  const codesIn = (lane: number): Uint16Array => {
    const codes = codesOf.get(lane) ?? new Uint16Array(256)
    codesOf.set(lane, codes)
    return codes
  }
  path.forEach(({ conditions }, slot) => {
    for (const { lane, care, want } of conditions) {
      const codes = codesIn(lane)
      for (let byte = 0; byte < 256; byte++) if ((byte & care) !== want) codes[byte] |= 1 << slot
    }
  })
  for (const { place, bit } of nodes) {
    const codes = codesIn(place >> 3)
    for (let byte = 0; byte < 256; byte++) if ((byte >> (place & 7)) & 1) codes[byte] |= bit
  }
  return [...codesOf].map(([lane, codes]) => ({ lane, codes }))
}
