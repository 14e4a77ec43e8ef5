/**
 * Trees as one TreeEnsembleRegressor node. Thresholds and leaf values are float32 already, so export copies them: no
 * rounding happens here. A leaf compares with nothing: the place of its threshold holds its cover, from which all covers can
 * be rebuilt (nodes_hitrates would say the same in 4 bytes for each node).
 *
 * ai.onnx.ml 3 has no node for a set of codes. A set becomes a chain of BRANCH_EQ nodes with consecutive ids, all of which
 * lead to the same left child (both runtimes read such a graph; 1.30 makes one bit set of codes up to 32):
 *
 *   [is a] ─no─► [is b] ─no─► [is c] ─no─► right child          no codes at all: [is 0], a code that no row has
 *      └─yes───────┴─yes────────┴─yes────► left child
 */
import type { Tree, TreeEnsemble } from '../gbt/tree.ts'
import { type GraphPart, MARGIN, ML_DOMAIN } from './graph.ts'

/** An ensemble without trees still needs one leaf: onnxruntime 1.12 refuses empty attributes. It adds 0 to the base. */
const NOTHING: Tree = {
  feature: Int32Array.of(-1),
  threshold: new Float32Array(1),
  category: new Uint8Array(1),
  codeStart: new Uint32Array(2),
  codes: new Float32Array(0),
  missingLeft: new Uint8Array(1),
  left: new Int32Array(1),
  right: new Int32Array(1),
  value: new Float32Array(1),
  gain: new Float64Array(1),
  cover: Uint32Array.of(1),
}

/** Stands for an empty set: codes begin at 1. */
export const NO_CODE = 0

/** Nodes from the float [N,F] value called `features` to MARGIN. */
export function graphFromTrees(ensemble: TreeEnsemble, features: string): GraphPart {
  const nodes = {
    treeids: [] as number[],
    nodeids: [] as number[],
    featureids: [] as number[],
    modes: [] as string[],
    values: [] as number[],
    truenodeids: [] as number[],
    falsenodeids: [] as number[],
    missing_value_tracks_true: [] as number[],
  }
  const target = { treeids: [] as number[], nodeids: [] as number[], ids: [] as number[], weights: [] as number[] }
  const trees = ensemble.trees.length > 0 ? ensemble.trees : [NOTHING]
  trees.forEach((tree, treeId) => {
    const chains = chainsOf(tree)
    const firstIds = new Uint32Array(chains.length)
    for (let i = 1; i < chains.length; i++) firstIds[i] = firstIds[i - 1] + chains[i - 1].length
    for (let i = 0; i < tree.feature.length; i++) {
      const leaf = tree.feature[i] < 0
      chains[i].forEach((value, k) => {
        const isLast = k === chains[i].length - 1
        nodes.treeids.push(treeId)
        nodes.nodeids.push(firstIds[i] + k)
        nodes.featureids.push(leaf ? 0 : tree.feature[i])
        nodes.modes.push(leaf ? 'LEAF' : tree.category[i] === 1 ? 'BRANCH_EQ' : 'BRANCH_LEQ')
        nodes.values.push(leaf ? tree.cover[i] : value)
        nodes.truenodeids.push(leaf ? 0 : firstIds[tree.left[i]])
        nodes.falsenodeids.push(leaf ? 0 : isLast ? firstIds[tree.right[i]] : firstIds[i] + k + 1)
        nodes.missing_value_tracks_true.push(tree.missingLeft[i])
      })
      if (!leaf) continue
      target.treeids.push(treeId)
      target.nodeids.push(firstIds[i])
      target.ids.push(0)
      target.weights.push(tree.value[i])
    }
  })
  const ints = (value: number[]) => ({ kind: 'ints', value }) as const
  const floats = (value: number[]) => ({ kind: 'floats', value }) as const
  return {
    initializers: [],
    nodes: [
      {
        op: 'TreeEnsembleRegressor',
        domain: ML_DOMAIN,
        inputs: [features],
        outputs: ['/margin_float'],
        attributes: {
          aggregate_function: { kind: 'string', value: 'SUM' },
          post_transform: { kind: 'string', value: 'NONE' },
          n_targets: { kind: 'int', value: 1 },
          base_values: floats([ensemble.base]),
          nodes_treeids: ints(nodes.treeids),
          nodes_nodeids: ints(nodes.nodeids),
          nodes_featureids: ints(nodes.featureids),
          nodes_modes: { kind: 'strings', value: nodes.modes },
          nodes_values: floats(nodes.values),
          nodes_truenodeids: ints(nodes.truenodeids),
          nodes_falsenodeids: ints(nodes.falsenodeids),
          nodes_missing_value_tracks_true: ints(nodes.missing_value_tracks_true),
          target_treeids: ints(target.treeids),
          target_nodeids: ints(target.nodeids),
          target_ids: ints(target.ids),
          target_weights: floats(target.weights),
        },
      },
      { op: 'Cast', inputs: ['/margin_float'], outputs: [MARGIN], attributes: { to: { kind: 'int', value: 11 } } },
    ],
  }
}

/**
 * What each node compares with, and so how many ONNX nodes it becomes. onnxruntime 1.30 joins a category's node with its
 * right child where both ask for the same feature and their left sides look alike, and then sends missing values where the
 * first one does. A node that sends them elsewhere than its parent therefore begins with NO_CODE, which stops the joining.
 */
function chainsOf(tree: Tree): number[][] {
  const { feature, category, threshold, missingLeft, right, codes, codeStart } = tree
  const chains = Array.from(feature, (_, i) => {
    if (category[i] === 0) return [threshold[i]]
    const own = [...codes.subarray(codeStart[i], codeStart[i + 1])]
    return own.length > 0 ? own : [NO_CODE]
  })
  for (let i = 0; i < feature.length; i++) {
    if (category[i] === 0) continue
    const child = right[i]
    const mayJoin = feature[child] === feature[i] && missingLeft[child] !== missingLeft[i]
    if (mayJoin && chains[child][0] !== NO_CODE) chains[child].unshift(NO_CODE)
  }
  return chains
}
