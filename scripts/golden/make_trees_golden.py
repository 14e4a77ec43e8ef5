"""Makes data/golden/trees.json: bin codes and the first trees that LightGBM grows on them.

    python -m venv venv && venv/bin/pip install -r scripts/golden/requirements.txt
    venv/bin/python scripts/golden/make_trees_golden.py

Run by hand; its output is committed. The features are small integers, each a bin of its own in both trainers, so nothing
but the choice of splits can differ: gains, ties across empty bins, row counts, limits. One difference is meant: LightGBM
does not look at a feature again in the leaves below one that gained nothing by it (is_splittable in its FeatureHistogram),
which a penalty or a direction makes common, and so misses splits that we find, interactions above all. Cases with either
stop before the first such tree (a gain of 2.42 taken for one of 2.53); with the same rule put into ours for a trial, all
cases were equal to the end, 40 trees of "a penalty" too.
"""

import json
from pathlib import Path

import lightgbm
import numpy as np
from sklearn.metrics import roc_auc_score

GOLDEN = Path(__file__).resolve().parents[2] / "data" / "golden"
ROWS = 1200


def structure(node):
    """[feature, largest code or list of codes that goes left, left, right] for a split, the value for a leaf."""
    if "leaf_value" in node:
        return node["leaf_value"]
    threshold = node["threshold"]
    is_category = node["decision_type"] == "=="
    return [
        node["split_feature"],
        sorted(map(int, threshold.split("||"))) if is_category else int(np.floor(threshold)),
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
    return fit(name, codes, labels, settings, trees)


def category_case(name, seed, counts, settings, trees=20, rows=4000):
    """The last features are categories. Code 0 is the most frequent, and so on: LightGBM's bins are in our order then."""
    random = np.random.default_rng(seed)

    def draw(count):
        # The rarest has more than 1 % of the rows: LightGBM puts rarer ones together.
        shares = 1.0 / (np.arange(count) + count)
        return random.choice(count, rows, p=shares / shares.sum())

    categories = np.stack([draw(count) for count in counts], axis=1)
    for f, count in enumerate(counts):
        seen = np.bincount(categories[:, f], minlength=count)
        order = np.argsort(-seen, kind="stable")
        categories[:, f] = np.argsort(order)[categories[:, f]]
    number = random.integers(0, 30, rows)
    effects = [random.normal(0, 1, count) for count in counts]
    margin = sum(effect[categories[:, f]] for f, effect in enumerate(effects)) + (number - 15) / 15 - 0.3
    labels = (random.random(rows) < 1 / (1 + np.exp(-margin))).astype(int)
    codes = np.column_stack([number, categories])
    return fit(name, codes, labels, settings, trees, list(range(1, 1 + len(counts))))


def fit(name, codes, labels, settings, trees, categories=()):
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
    data = lightgbm.Dataset(codes.astype(np.float64), labels, categorical_feature=list(categories))
    booster = lightgbm.train(parameters, data, trees)
    return {
        "name": name,
        "leaves": settings["num_leaves"],
        "l1": settings.get("lambda_l1", 0),
        "l2": settings["lambda_l2"],
        "directions": settings.get("monotone_constraints", []),
        "categories": list(categories),
        "codes": ["".join(chr(48 + code) for code in column) for column in codes.T],
        "labels": "".join(map(str, labels)),
        "trees": [structure(info["tree_structure"]) for info in booster.dump_model()["tree_info"]],
    }


def ranking_case(seed, count, train, test):
    """Random effects of a category whose frequencies fall steeply: ROC-AUC on rows that LightGBM did not train on."""
    random = np.random.default_rng(seed)
    shares = 1.0 / (np.arange(count) + 3)
    codes = np.column_stack(
        [random.choice(count, train + test, p=shares / shares.sum()), random.integers(0, 30, train + test)]
    )
    margin = random.normal(0, 1.2, count)[codes[:, 0]] + np.abs(codes[:, 1] - 12) / 10 - 0.8
    labels = (random.random(train + test) < 1 / (1 + np.exp(-margin))).astype(int)
    settings = {"objective": "binary", "num_leaves": 6, "num_threads": 1, "verbose": -1}

    def auc(most_codes_one_by_one):
        data = lightgbm.Dataset(codes[:train].astype(float), labels[:train], categorical_feature=[0])
        booster = lightgbm.train({**settings, "max_cat_to_onehot": most_codes_one_by_one}, data, 40)
        return float(roc_auc_score(labels[train:], booster.predict(codes[train:].astype(float))))

    return {
        "train": train,
        "leaves": 6,
        "rounds": 40,
        "codes": ["".join(chr(48 + code) for code in column) for column in codes.T],
        "labels": "".join(map(str, labels)),
        "roc_auc": {"sets": auc(4), "single_codes": auc(256)},
    }


KEPT = {"lambda_l2": 0, "monotone_constraints_method": "basic"}
cases = [
    case("many codes, so that deep leaves have empty bins", 1, [70, 60, 12, 40], {"num_leaves": 15, "lambda_l2": 0}),
    case("few codes, so that gains tie", 2, [5, 40, 7, 3, 2], {"num_leaves": 31, "lambda_l2": 0}),
    case("a penalty", 3, [70, 40, 9, 70], {"num_leaves": 8, "lambda_l2": 5}, trees=15),
    category_case("categories of many codes", 4, [40, 12], {"num_leaves": 15, "lambda_l2": 0}),
    category_case("categories and a penalty", 5, [60, 8, 25], {"num_leaves": 8, "lambda_l2": 1}, rows=6000),
    case("an L1 penalty", 7, [70, 60, 12, 40], {"num_leaves": 8, "lambda_l1": 2, "lambda_l2": 0}),
    category_case("an L1 penalty and a category", 8, [30], {"num_leaves": 8, "lambda_l1": 3, "lambda_l2": 0}, trees=8),
    case("directions to keep", 9, [70, 60, 12, 40], {**KEPT, "num_leaves": 12, "monotone_constraints": [1, -1, 1, 0]}, trees=7),
    category_case("a direction to keep beside a category", 10, [30], {**KEPT, "num_leaves": 8, "monotone_constraints": [1, 0]}),
]
GOLDEN.joinpath("trees.json").write_text(
    json.dumps(
        {
            "versions": {"lightgbm": lightgbm.__version__, "numpy": np.__version__},
            "cases": cases,
            "ranking": ranking_case(6, 40, 3000, 3000),
        },
        separators=(",", ":"),
    )
    + "\n"
)
