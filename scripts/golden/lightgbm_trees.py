"""LightGBM models as trees of our form (shared/core/gbt/tree.ts), with every number rounded to float32 first."""

import re

import lightgbm
import numpy as np


def floor32(values):
    """The largest float32 at or below each: a float32 x is <= it exactly where x is <= the value."""
    values = np.asarray(values, dtype=float)
    rounded = values.astype(np.float32)
    return np.where(rounded.astype(float) > values, np.nextafter(rounded, np.float32(-np.inf)), rounded).astype(float)


def round_model(booster):
    """The booster with float32 thresholds and leaf values, in its model text: LightGBM then explains what we do."""

    def rounded(to32):
        return lambda match: match[1] + " ".join(repr(float(value)) for value in to32(match[2].split()))

    text = booster.model_to_string()
    text = re.sub(r"(^threshold=)(.*)$", rounded(floor32), text, flags=re.M)
    text = re.sub(r"(^leaf_value=)(.*)$", rounded(lambda v: np.asarray(v, float).astype(np.float32)), text, flags=re.M)
    # The sizes of the trees' texts have changed; without them LightGBM reads the trees one after another.
    return lightgbm.Booster(model_str=re.sub(r"^tree_sizes=.*\n", "", text, flags=re.M))


def to_trees(booster):
    return [to_tree(info["tree_structure"]) for info in booster.dump_model()["tree_info"]]


def to_tree(structure):
    """Parallel lists, root first, parents before children."""
    names = ["feature", "threshold", "missingLeft", "left", "right", "value", "cover"]
    tree = {name: [] for name in [*names, "codes"]}

    def add(node):
        index = len(tree["feature"])
        for name in names:
            tree[name].append(0)
        tree["codes"].append(None)
        if "leaf_value" in node:
            tree["feature"][index] = -1
            tree["value"][index] = node["leaf_value"]
            tree["cover"][index] = node["leaf_count"]
            return index
        is_category = node["decision_type"] == "=="
        tree["feature"][index] = node["split_feature"]
        if is_category:
            # Missing is in no set of codes, and no code here is 0.
            tree["codes"][index] = sorted(map(int, node["threshold"].split("||")))
        else:
            threshold = float(node["threshold"])
            # Without a missing value in training LightGBM reads one as 0.
            missing_left = node["default_left"] if node["missing_type"] == "NaN" else 0 <= threshold
            tree["threshold"][index] = threshold
            tree["missingLeft"][index] = int(missing_left)
        tree["cover"][index] = node["internal_count"]
        tree["left"][index] = add(node["left_child"])
        tree["right"][index] = add(node["right_child"])
        return index

    add(structure)
    return tree
