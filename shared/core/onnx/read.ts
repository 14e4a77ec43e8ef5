/**
 * A fitted model back from model.onnx (or model.portable.onnx), bit by bit as it was exported: explanations and a bundle
 * without onnxruntime need the model itself, and the file is its only copy. Whatever is damaged so that it cannot be a model
 * is MODEL_CORRUPT; damage that still is a model (another threshold, say) is what the hashes in model.json are for.
 */
import { packCodes, type Tree, type TreeEnsemble } from '../gbt/tree.ts'
import { NO_CODE } from './from-trees.ts'
import { type Attribute, type Graph, ML_DOMAIN, type Node } from './graph.ts'
import { corrupt } from './protobuf-reader.ts'
import { decodeModel, featureCountOf } from './read-graph.ts'

/** The family that the file says it is from. */
export function readFamily(bytes: Uint8Array): string {
  const { metadata } = decodeModel(bytes)
  if (metadata.family === undefined) throw corrupt('its metadata names no family')
  return metadata.family
}

/**
 * The trees of a gbt model. Gains are not in the file (ONNX has no place for them), so they are 0: use importances that were
 * written at training. Covers of leaves are float32 there: exact up to 2^24 rows, rounded above.
 */
export function readTrees(bytes: Uint8Array): TreeEnsemble {
  const graph = decodeModel(bytes)
  const read = attributeReader(onlyNode(graph, 'TreeEnsembleRegressor'))
  expectEqual('aggregate_function', read('aggregate_function', 'string'), 'SUM')
  expectEqual('post_transform', read('post_transform', 'string'), 'NONE')
  expectEqual('n_targets', read('n_targets', 'int'), 1)
  const base = read('base_values', 'floats')
  if (base.length !== 1 || !Number.isFinite(base[0])) throw corrupt('base_values is not one finite number')
  const nodes: NodeLists = {
    treeIds: read('nodes_treeids', 'ints'),
    nodeIds: read('nodes_nodeids', 'ints'),
    features: read('nodes_featureids', 'ints'),
    modes: read('nodes_modes', 'strings'),
    values: read('nodes_values', 'floats'),
    left: read('nodes_truenodeids', 'ints'),
    right: read('nodes_falsenodeids', 'ints'),
    missingLeft: read('nodes_missing_value_tracks_true', 'ints'),
  }
  const count = nodes.treeIds.length
  for (const [name, list] of Object.entries(nodes)) {
    if (list.length !== count) throw corrupt(`${name} has ${list.length} entries for ${count} tree nodes`)
  }
  const leaves = leafValues(read)
  const trees = treeRanges(nodes).map(({ start, end }, tree) =>
    readTree({ nodes, start, end, featureCount: featureCountOf(graph), leaves: leaves.get(tree) ?? new Map() }, tree),
  )
  if (leaves.size > trees.length) throw corrupt(`leaf values for ${leaves.size} trees; there are ${trees.length}`)
  return { trees, base: base[0] }
}

/** Parallel lists over the nodes of all trees, as TreeEnsembleRegressor has them. */
interface NodeLists {
  readonly treeIds: ArrayLike<number>
  readonly nodeIds: ArrayLike<number>
  readonly features: ArrayLike<number>
  readonly modes: readonly string[]
  readonly values: ArrayLike<number>
  readonly left: ArrayLike<number>
  readonly right: ArrayLike<number>
  readonly missingLeft: ArrayLike<number>
}

type AttributeReader = <Kind extends Attribute['kind']>(
  name: string,
  kind: Kind,
) => Extract<Attribute, { kind: Kind }>['value']

function attributeReader(node: Node): AttributeReader {
  return (name, kind) => {
    const attribute = Object.hasOwn(node.attributes ?? {}, name) ? node.attributes?.[name] : undefined
    if (attribute?.kind !== kind) throw corrupt(`attribute ${name} is ${attribute?.kind ?? 'absent'}; allowed: ${kind}`)
    // The compiler does not carry the equality of kinds over to the value.
    return attribute.value as never
  }
}

function onlyNode({ nodes }: Graph, op: string): Node {
  const found = nodes.filter(node => node.op === op && node.domain === ML_DOMAIN)
  if (found.length !== 1) throw corrupt(`it has ${found.length} ${op} nodes; allowed: 1`)
  return found[0]
}

/** Tree id → node id → value. */
function leafValues(read: AttributeReader): Map<number, Map<number, number>> {
  const treeIds = read('target_treeids', 'ints')
  const nodeIds = read('target_nodeids', 'ints')
  const ids = read('target_ids', 'ints')
  const weights = read('target_weights', 'floats')
  if (nodeIds.length !== treeIds.length || ids.length !== treeIds.length || weights.length !== treeIds.length) {
    throw corrupt(
      `the target lists have ${treeIds.length}, ${nodeIds.length}, ${ids.length}, ${weights.length} entries`,
    )
  }
  const leaves = new Map<number, Map<number, number>>()
  for (let i = 0; i < treeIds.length; i++) {
    const tree = leaves.get(treeIds[i]) ?? new Map<number, number>()
    leaves.set(treeIds[i], tree)
    if (ids[i] !== 0) throw corrupt(`leaf value ${i} is for target ${ids[i]}; allowed: 0`)
    if (tree.has(nodeIds[i])) throw corrupt(`node ${nodeIds[i]} of tree ${treeIds[i]} has two leaf values`)
    if (!Number.isFinite(weights[i])) throw corrupt(`leaf value ${i} is ${weights[i]}; allowed: finite numbers`)
    tree.set(nodeIds[i], weights[i])
  }
  return leaves
}

/** Trees stand one after another, numbered from 0, and so do the nodes within each. */
function treeRanges({ treeIds, nodeIds }: NodeLists): { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = []
  for (let i = 0; i < treeIds.length; i++) {
    if (treeIds[i] === ranges.length) ranges.push({ start: i, end: i })
    const range = ranges.at(-1)
    if (range === undefined || treeIds[i] !== ranges.length - 1 || nodeIds[i] !== i - range.start) {
      throw corrupt(`node entry ${i} is node ${nodeIds[i]} of tree ${treeIds[i]}, out of order`)
    }
    range.end = i + 1
  }
  return ranges
}

interface TreePart {
  readonly nodes: NodeLists
  readonly start: number
  readonly end: number
  readonly featureCount: number
  readonly leaves: ReadonlyMap<number, number>
}

function readTree(part: TreePart, tree: number): Tree {
  const { nodes, start, end, leaves } = part
  const count = end - start
  const isLink = Uint8Array.from({ length: count }, (_, i) => (continuesChain(nodes, start, i) ? 1 : 0))
  checkNodes(part, isLink, tree)
  // The first entry of each chain is the node, the others only its further codes.
  const heads = Uint32Array.from({ length: count }, (_, i) => i).filter(i => isLink[i] === 0)
  const nodeOf = new Map(Array.from(heads, (head, node) => [head, node]))
  const cut = (list: ArrayLike<number>) => Array.from(heads, head => list[start + head])
  const modes = Array.from(heads, head => nodes.modes[start + head])
  const children = (list: ArrayLike<number>, of: Uint32Array) =>
    Int32Array.from(of, (head, node) => (modes[node] === 'LEAF' ? 0 : (nodeOf.get(list[start + head]) ?? 0)))
  const ends = heads.map((_, node) => heads[node + 1] ?? count)
  const codesOf = Array.from(heads, (head, node) => {
    if (modes[node] !== 'BRANCH_EQ') return []
    const codes = Array.from({ length: ends[node] - head }, (_, k) => nodes.values[start + head + k])
    return codes.filter(code => code !== NO_CODE)
  })
  const left = children(nodes.left, heads)
  // Of a chain the last node leads to the right child.
  const lasts = ends.map(next => next - 1)
  const right = children(nodes.right, lasts)
  const cover = Uint32Array.from(cut(nodes.values), (value, node) => (modes[node] === 'LEAF' ? value : 0))
  // Children stand behind their parents.
  for (let node = heads.length - 1; node >= 0; node--) {
    if (modes[node] !== 'LEAF') cover[node] = cover[left[node]] + cover[right[node]]
  }
  return {
    feature: Int32Array.from(cut(nodes.features), (feature, node) => (modes[node] === 'LEAF' ? -1 : feature)),
    threshold: Float32Array.from(cut(nodes.values), (value, node) => (modes[node] === 'BRANCH_LEQ' ? value : 0)),
    category: Uint8Array.from(modes, mode => (mode === 'BRANCH_EQ' ? 1 : 0)),
    ...packCodes(codesOf),
    missingLeft: Uint8Array.from(cut(nodes.missingLeft)),
    left,
    right,
    value: Float32Array.from(heads, head => leaves.get(head) ?? 0),
    gain: new Float64Array(heads.length),
    cover,
  }
}

/** Whether entry i of the tree is a further code of the set that the entry before it belongs to (from-trees.ts). */
function continuesChain({ modes, features, left, right, missingLeft }: NodeLists, start: number, i: number): boolean {
  const [at, before] = [start + i, start + i - 1]
  return (
    i > 0 &&
    modes[at] === 'BRANCH_EQ' &&
    modes[before] === 'BRANCH_EQ' &&
    right[before] === i &&
    left[before] === left[at] &&
    features[before] === features[at] &&
    missingLeft[before] === missingLeft[at]
  )
}

/** Codes of a feature; float32 holds whole numbers up to here. */
const MOST_CODES = 2 ** 24

function checkNodes({ nodes, start, end, featureCount, leaves }: TreePart, isLink: Uint8Array, tree: number): void {
  const count = end - start
  const hasParent = new Uint8Array(count)
  let leafCount = 0
  for (let i = 0; i < count; i++) {
    const where = `node ${i} of tree ${tree}`
    const at = start + i
    const [mode, value, feature] = [nodes.modes[at], nodes.values[at], nodes.features[at]]
    if (nodes.missingLeft[at] !== 0 && nodes.missingLeft[at] !== 1) {
      throw corrupt(`${where} sends missing values neither left nor right`)
    }
    if (mode === 'LEAF') {
      if (!leaves.has(i)) throw corrupt(`${where} is a leaf without a value`)
      if (!(value >= 1 && value < 2 ** 32)) throw corrupt(`${where} has cover ${value}; allowed: 1 or more rows`)
      leafCount++
      continue
    }
    if (mode !== 'BRANCH_LEQ' && mode !== 'BRANCH_EQ') {
      throw corrupt(`${where} has mode ${mode}; allowed: BRANCH_LEQ, BRANCH_EQ, LEAF`)
    }
    if (!(feature >= 0 && feature < featureCount)) throw corrupt(`${where} reads feature ${feature} of ${featureCount}`)
    if (Number.isNaN(value)) throw corrupt(`${where} has no threshold`)
    if (mode === 'BRANCH_EQ' && !(Number.isInteger(value) && value >= 0 && value < MOST_CODES)) {
      throw corrupt(`${where} compares with ${value}; allowed: whole numbers`)
    }
    for (const child of isLink[i] === 1 ? [nodes.right[at]] : [nodes.left[at], nodes.right[at]]) {
      // Children behind their parents, and one parent each, a chain being one node: no walk can go round.
      if (!(child > i && child < count) || hasParent[child] === 1) throw corrupt(`${where} has child ${child}`)
      hasParent[child] = 1
    }
  }
  if (leafCount !== leaves.size) throw corrupt(`tree ${tree} has ${leaves.size} leaf values for ${leafCount} leaves`)
}

function expectEqual(name: string, value: string | number, wanted: string | number): void {
  if (value !== wanted) throw corrupt(`${name} is ${value}; allowed: ${wanted}`)
}
