"""Makes data/golden/trees.json: bin codes and the first trees that LightGBM grows on them.

    python -m venv venv && venv/bin/pip install -r scripts/golden/requirements.txt
    venv/bin/python scripts/golden/make_trees_golden.py

Run by hand; its output is committed. The features are small integers, each a bin of its own in both trainers, so nothing
but the choice of splits can differ: gains, ties across empty bins, row counts, limits. One difference is meant: with a
penalty LightGBM does not look at a feature in a leaf whose parent gained nothing by it, and so misses splits that we find
(here from tree 15 on, where it takes a gain of 2.42 for one of 2.53).
"""

import json
from pathlib import Path

import lightgbm
import numpy as np

GOLDEN = Path(__file__).resolve().parents[2] / "data" / "golden"
ROWS = 1200


def structure(node):
    """[feature, largest code that goes left, left, right] for a split, the value for a leaf."""
    if "leaf_value" in node:
        return node["leaf_value"]
    return [
        node["split_feature"],
        int(np.floor(node["threshold"])),
        structure(node["left_child"]),
        structure(node["right_child"]),
    ]


def case(name, seed, codes_per_feature, settings, trees=20):
    random = np.random.default_rng(seed)
    codes = np.stack([random.integers(0, count, ROWS) for count in codes_per_feature], axis=1)
    # Every code appears, so that both trainers have the same bins.
    for f, count in enumerate(codes_per_feature):
        codes[:count, f] = random.permutation(count)
    margin = 1.5 * np.sin(codes[:, 0] / 9) + 0.04 * (codes[:, 1] - 20) * (codes[:, 2] > 3) - 0.8
    labels = (random.random(ROWS) < 1 / (1 + np.exp(-margin))).astype(int)
    parameters = {
        "objective": "binary",
        "learning_rate": 0.1,
        "min_data_in_leaf": 20,
        "min_sum_hessian_in_leaf": 1e-3,
        "max_bin": 255,
        "min_data_in_bin": 1,
        "enable_bundle": False,
        "force_row_wise": True,
        "num_threads": 1,
        "verbose": -1,
        **settings,
    }
    booster = lightgbm.train(parameters, lightgbm.Dataset(codes.astype(np.float64), labels), trees)
    return {
        "name": name,
        "leaves": settings["num_leaves"],
        "l2": settings["lambda_l2"],
        "codes": ["".join(chr(48 + code) for code in column) for column in codes.T],
        "labels": "".join(map(str, labels)),
        "trees": [structure(info["tree_structure"]) for info in booster.dump_model()["tree_info"]],
    }


cases = [
    case("many codes, so that deep leaves have empty bins", 1, [70, 60, 12, 40], {"num_leaves": 15, "lambda_l2": 0}),
    case("few codes, so that gains tie", 2, [5, 40, 7, 3, 2], {"num_leaves": 31, "lambda_l2": 0}),
    case("a penalty", 3, [70, 40, 9, 70], {"num_leaves": 8, "lambda_l2": 5}, trees=15),
]
GOLDEN.joinpath("trees.json").write_text(
    json.dumps({"versions": {"lightgbm": lightgbm.__version__, "numpy": np.__version__}, "cases": cases}, separators=(",", ":"))
    + "\n"
)
