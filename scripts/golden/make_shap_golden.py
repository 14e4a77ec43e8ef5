"""Makes data/golden/shap.json: SHAP values of LightGBM models by LightGBM (pred_contrib) and by the SHAP library.

    python -m venv venv && venv/bin/pip install -r scripts/golden/requirements.txt
    venv/bin/python scripts/golden/make_shap_golden.py

Run by hand; its output is committed. Thresholds and leaf values are rounded to float32, as ours are, in LightGBM's model
text before anything is explained, so that all three explain the very same trees.
"""

import json
from pathlib import Path

import lightgbm
import numpy as np
import shap
from lightgbm_trees import round_model, to_trees

GOLDEN = Path(__file__).resolve().parents[2] / "data" / "golden"
VERSIONS = {"lightgbm": lightgbm.__version__, "numpy": np.__version__, "shap": shap.__version__}


def shap_library(trees, rows, base):
    """By the library's own C code; handed a LightGBM model it would ask LightGBM."""
    described = [
        {
            "children_left": np.where(np.asarray(tree["feature"]) < 0, -1, tree["left"]),
            "children_right": np.where(np.asarray(tree["feature"]) < 0, -1, tree["right"]),
            "children_default": np.where(np.asarray(tree["missingLeft"]) == 1, tree["left"], tree["right"]),
            "features": np.asarray(tree["feature"]),
            "thresholds": np.asarray(tree["threshold"], dtype=float),
            "values": np.asarray(tree["value"], dtype=float).reshape(-1, 1),
            "node_sample_weight": np.asarray(tree["cover"], dtype=float),
        }
        for tree in trees
    ]
    model = {"trees": described, "internal_dtype": np.float64, "input_dtype": np.float64, "base_offset": 0.0}
    explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    assert abs(np.ravel(explainer.expected_value)[0] - base) < 1e-9
    return explainer.shap_values(rows, check_additivity=False).reshape(rows.shape)


def case(name, features, matrix, labels, rows, parameters):
    categories = [i for i, feature in enumerate(features) if feature["kind"] == "category"]
    data = lightgbm.Dataset(matrix, labels, categorical_feature=categories, free_raw_data=False)
    settings = {"objective": "binary", "verbose": -1, "num_threads": 1, "deterministic": True}
    booster = round_model(lightgbm.train({**settings, **parameters}, data, num_boost_round=parameters["rounds"]))
    trees = to_trees(booster)
    explained = booster.predict(rows, pred_contrib=True)
    base = float(explained[0, -1])
    library = None if categories else shap_library(trees, rows, base)
    if library is not None:
        print(f"{name}: LightGBM and the SHAP library differ by {np.abs(library - explained[:, :-1]).max():.1e}")
    return {
        "name": name,
        "features": features,
        "trees": trees,
        "rows": [[None if np.isnan(value) else float(value) for value in row] for row in rows],
        "base_value": base,
        "lightgbm": explained[:, :-1].tolist(),
        "shap": None if library is None else library.tolist(),
    }


def number(name):
    return {"name": name, "kind": "number"}


def main():
    random = np.random.default_rng(6)
    numbers = random.normal(size=(3000, 6)).astype(np.float32).astype(float)
    numbers[:, 3] = np.round(numbers[:, 3])
    numbers[random.random((3000, 6)) < [0.1, 0, 0.3, 0, 0, 0]] = np.nan
    margin = np.nan_to_num(numbers[:, 0], nan=1.5) + numbers[:, 1] * numbers[:, 3] - np.abs(numbers[:, 4])
    labels = (random.random(3000) < 1 / (1 + np.exp(-margin))).astype(int)
    fresh = random.normal(size=(40, 6)).astype(np.float32).astype(float)
    fresh[random.random((40, 6)) < 0.15] = np.nan

    codes = random.integers(1, 8, size=3000).astype(float)
    codes[random.random(3000) < 0.1] = np.nan
    mixed = np.column_stack([numbers[:, :3], codes])
    mixed_margin = np.isin(codes, [2, 5]) * 2.0 - np.isin(codes, [3]) * numbers[:, 1] + np.nan_to_num(numbers[:, 0])
    mixed_labels = (random.random(3000) < 1 / (1 + np.exp(-mixed_margin))).astype(int)
    fresh_codes = random.integers(1, 8, size=40).astype(float)
    fresh_codes[:5] = np.nan
    level_names = [f"level {code}" for code in range(1, 8)]
    mixed_features = [*map(number, "abc"), {"name": "d", "kind": "category", "levels": level_names, "hasOther": False}]

    cases = [
        case("numbers with missing values", [*map(number, "abcdef")], numbers, labels, fresh,
             {"num_leaves": 31, "learning_rate": 0.1, "rounds": 10}),
        case("deep trees", [*map(number, "abcdef")], numbers, labels, fresh[:10],
             {"num_leaves": 80, "min_data_in_leaf": 3, "learning_rate": 0.3, "rounds": 2}),
        case("a category", mixed_features, mixed, mixed_labels, np.column_stack([fresh[:, :3], fresh_codes]),
             {"num_leaves": 15, "learning_rate": 0.1, "rounds": 10}),
    ]  # fmt: skip
    text = json.dumps({"made_by": "scripts/golden/make_shap_golden.py", "versions": VERSIONS, "cases": cases})
    (GOLDEN / "shap.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
