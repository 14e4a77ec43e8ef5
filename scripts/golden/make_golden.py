"""Makes the golden values in data/golden: what reference implementations give on fixed inputs.

    python -m venv venv && venv/bin/pip install -r scripts/golden/requirements.txt
    venv/bin/python scripts/golden/make_golden.py

Run by hand; its output is committed. Every file names the versions that made it.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, average_precision_score, brier_score_loss, log_loss, roc_auc_score

GOLDEN = Path(__file__).resolve().parents[2] / "data" / "golden"
VERSIONS = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}


def write(name, content):
    text = json.dumps({"made_by": "scripts/golden/make_golden.py", "versions": VERSIONS, **content}, indent=1)
    (GOLDEN / name).write_text(text + "\n")


def metrics():
    random = np.random.default_rng(1)

    def case(name, scores, labels, probabilities=True):
        scores = np.asarray(scores, dtype=float)
        return {
            "name": name,
            "scores": scores.tolist(),
            "labels": np.asarray(labels).tolist(),
            "roc_auc": roc_auc_score(labels, scores),
            "average_precision": average_precision_score(labels, scores),
            "log_loss": log_loss(labels, scores) if probabilities else None,
            "brier": brier_score_loss(labels, scores) if probabilities else None,
            "accuracy": accuracy_score(labels, scores >= 0.5) if probabilities else None,
        }

    labels = (random.random(200) < 0.3).astype(int)
    noisy = np.clip(0.3 + 0.25 * labels + random.normal(0, 0.2, 200), 0.001, 0.999)
    return {
        "cases": [
            case("200 distinct probabilities", noisy, labels),
            case("heavily tied probabilities", np.round(noisy, 1), labels),
            case("all scores equal", np.full(50, 0.25), labels[:50]),
            case("certain and partly wrong", [0.0, 1.0, 1.0, 0.0, 0.5], [0, 1, 0, 1, 1]),
            case("margins outside [0, 1]", 10 * noisy - 5, labels, probabilities=False),
        ]
    }


def logistic():
    random = np.random.default_rng(2)
    rows = 400
    numbers = np.column_stack([random.normal(50, 10, rows), random.exponential(3, rows), random.integers(0, 6, rows)])
    numbers = numbers.astype(np.float32)
    codes = random.integers(1, 4, rows)
    margin = 0.05 * (numbers[:, 0] - 50) - 0.4 * numbers[:, 1] + 0.3 * numbers[:, 2] + 0.8 * (codes == 2)
    labels = (random.random(rows) < 1 / (1 + np.exp(-margin))).astype(int)
    # The design of shared/core/dense/design.ts: standardised numbers (float32 mean), then one column per level.
    mean = numbers.astype(float).mean(axis=0).astype(np.float32).astype(float)
    scale = np.sqrt(((numbers - mean) ** 2).mean(axis=0))
    design = np.column_stack([(numbers - mean) / scale, *[(codes == code).astype(float) for code in (1, 2, 3)]])
    fits = []
    for l2 in (0.1, 1.0, 30.0):
        model = LogisticRegression(C=1 / l2, tol=1e-12, max_iter=100_000).fit(design, labels)
        fits.append({"l2": l2, "coefficients": model.coef_[0].tolist(), "intercept": float(model.intercept_[0])})
    return {
        "features": ["a", "b", "c", {"name": "d", "levels": ["x", "y", "z"]}],
        "rows": np.column_stack([numbers, codes]).tolist(),
        "labels": labels.tolist(),
        "fits": fits,
    }


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    write("metrics.json", metrics())
    write("logistic.json", logistic())
