"""Makes data/golden/elastic.json and data/golden/mlp.json: the dense families as scikit-learn fits them on fixed rows.

    python -m venv venv && venv/bin/pip install -r scripts/golden/requirements.txt
    venv/bin/python scripts/golden/make_dense_golden.py

Run by hand, after make_golden.py, whose logistic.json holds the rows of elastic.json; its output is committed.
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier

GOLDEN = Path(__file__).resolve().parents[2] / "data" / "golden"
VERSIONS = {"numpy": np.__version__, "scikit-learn": sklearn.__version__}


def write(name, content):
    text = json.dumps({"made_by": "scripts/golden/make_dense_golden.py", "versions": VERSIONS, **content}, indent=1)
    (GOLDEN / name).write_text(text + "\n")


def design_of(numbers, codes, fitted_on):
    """The columns of shared/core/dense/design.ts: standardised numbers (float32 mean), then one column per level."""
    mean = numbers[:fitted_on].astype(float).mean(axis=0).astype(np.float32).astype(float)
    scale = np.sqrt(((numbers[:fitted_on] - mean) ** 2).mean(axis=0))
    return np.column_stack([(numbers - mean) / scale, *[(codes == code).astype(float) for code in (1, 2, 3)]])


def elastic():
    golden = json.loads((GOLDEN / "logistic.json").read_text())
    rows = np.array(golden["rows"], dtype=np.float32)
    design = design_of(rows[:, :3], rows[:, 3], len(rows))
    fits = []
    for l1, l2 in ((1.0, 0.0), (10.0, 0.0), (40.0, 0.0), (0.5, 2.0), (12.0, 5.0)):
        model = LogisticRegression(
            C=1 / (l1 + l2), l1_ratio=l1 / (l1 + l2), solver="saga", tol=1e-12, max_iter=200_000, random_state=0
        ).fit(design, golden["labels"])
        fit = {"coefficients": model.coef_[0].tolist(), "intercept": float(model.intercept_[0])}
        fits.append({"l1": l1, "l2": l2, **fit})
    return {"rows": "those of logistic.json", "fits": fits, "weighted": weighted(design, np.array(golden["labels"]))}


def weighted(design, labels):
    """Class weights and row weights (1, 2, 3 in turn), each with l2 = 1."""
    by_row = 1.0 + np.arange(len(labels)) % 3
    fits = []
    for class_weight, sample_weight in (("balanced", None), ({0: 1, 1: 4}, None), (None, by_row), ("balanced", by_row)):
        model = LogisticRegression(C=1.0, class_weight=class_weight, tol=1e-10, max_iter=10_000)
        model.fit(design, labels, sample_weight=sample_weight)
        fits.append({
            "class_weight": {"positive": class_weight[1]} if isinstance(class_weight, dict) else class_weight or "none",
            "row_weights": sample_weight is not None,
            "coefficients": model.coef_[0].tolist(),
            "intercept": float(model.intercept_[0]),
        })  # fmt: skip
    return fits


def mlp():
    random = np.random.default_rng(3)
    rows, train = 6000, 3000
    # Whole numbers, so that the file stays small; the label follows products and bends, which a straight line misses.
    numbers = random.integers(0, 100, (rows, 5)).astype(np.float32)
    codes = random.integers(1, 4, rows)
    unit = (numbers - 50) / 30
    margin = 1.5 * unit[:, 0] * unit[:, 1] + np.abs(unit[:, 2]) * (codes - 2) + unit[:, 3] - 0.5
    labels = (random.random(rows) < 1 / (1 + np.exp(-margin))).astype(int)
    design = design_of(numbers, codes, train)
    l2, batch_rows, epochs = 1.0, 200, 80
    fits = []
    for hidden in ((32,), (24, 12)):
        scores = []
        for seed in range(5):
            model = MLPClassifier(
                hidden,
                alpha=l2 * batch_rows / train,
                batch_size=batch_rows,
                max_iter=epochs,
                n_iter_no_change=epochs,
                random_state=seed,
            ).fit(design[:train], labels[:train])
            scores.append(roc_auc_score(labels[train:], model.predict_proba(design[train:])[:, 1]))
        fits.append({"hidden": list(hidden), "roc_auc": scores})
    line = LogisticRegression().fit(design[:train], labels[:train])
    return {
        "features": ["a", "b", "c", "d", "e", {"name": "f", "levels": ["x", "y", "z"]}],
        "train_rows": train,
        "rows": [" ".join(str(int(x)) for x in row) for row in np.column_stack([numbers, codes, labels])],
        "options": {"l2": l2, "batch_rows": batch_rows, "epochs": epochs, "learning_rate": 0.001},
        "fits": fits,
        "logistic_roc_auc": roc_auc_score(labels[train:], line.decision_function(design[train:])),
    }


if __name__ == "__main__":
    write("elastic.json", elastic())
    write("mlp.json", mlp())
