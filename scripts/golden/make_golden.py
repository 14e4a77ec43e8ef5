"""Makes the golden values in data/golden: what reference implementations give on fixed inputs.

    python -m venv venv && venv/bin/pip install -r scripts/golden/requirements.txt
    venv/bin/python scripts/golden/make_golden.py

Run by hand; its output is committed. Every file names the versions that made it.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import scipy.stats
import sklearn
from sklearn.calibration import _SigmoidCalibration, calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)

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


def evaluation():
    """What is said of a model at a threshold and of its top rows. Scores are float32 values, as models answer."""
    random = np.random.default_rng(3)

    def case(name, scores, labels, threshold, top=True):
        scores = np.asarray(scores, dtype=np.float32).astype(float)
        labels = np.asarray(labels)
        called = scores >= np.float32(threshold)
        true_negatives, false_positives, false_negatives, true_positives = confusion_matrix(labels, called).ravel()
        share, mean = calibration_curve(labels, scores, n_bins=10)
        # calibration_curve leaves empty bins out and closes bins above; no score here lies on a bound.
        rows = np.unique(np.minimum((scores * 10).astype(int), 9), return_counts=True)[1]
        false_rates, true_rates, _ = roc_curve(labels, scores, drop_intermediate=False)
        order = np.argsort(-scores, kind="stable")
        shares = []
        for part in (0.01, 0.05, 0.1, 0.2) if top else ():
            taken = np.zeros(len(scores), dtype=bool)
            taken[order[: round(part * len(scores))]] = True
            precision = precision_score(labels, taken)
            shares.append({"share": part, "precision": precision, "lift": precision / labels.mean()})
        return {
            "name": name,
            "scores": scores.tolist(),
            "labels": labels.tolist(),
            "threshold": threshold,
            "confusion": [int(n) for n in (true_positives, false_positives, false_negatives, true_negatives)],
            "precision": precision_score(labels, called),
            "recall": recall_score(labels, called),
            "f1": f1_score(labels, called),
            "ece": float((rows * np.abs(share - mean)).sum() / len(scores)),
            "ks": float(scipy.stats.ks_2samp(scores[labels == 1], scores[labels == 0]).statistic),
            "youden": float((true_rates - false_rates).max()),
            "top": shares,
        }

    labels = (random.random(400) < 0.3).astype(int)
    noisy = np.clip(0.3 + 0.25 * labels + random.normal(0, 0.2, 400), 0.001, 0.999)
    cases = [
        case("400 distinct probabilities", noisy, labels, 0.5),
        case("another threshold", noisy, labels, 0.3),
        case("heavily tied probabilities", np.round(noisy * 7) / 7.3, labels, 0.5, top=False),
    ]
    # The stratified bootstrap: each class drawn anew from its own rows, percentiles of type 7.
    scores, positives, negatives = np.array(cases[0]["scores"]), *(np.flatnonzero(labels == c) for c in (1, 0))
    drawn = []
    for _ in range(20_000):
        rows = np.concatenate([random.choice(positives, len(positives)), random.choice(negatives, len(negatives))])
        drawn.append((average_precision_score(labels[rows], scores[rows]), f1_score(labels[rows], scores[rows] >= 0.5)))
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    names = ("pr_auc", "f1")
    bootstrap = {name: {"low": low[i], "high": high[i]} for i, name in enumerate(names)}
    return {"cases": cases, "bootstrap": {"case": cases[0]["name"], "replicates": 20_000, **bootstrap}}


def calibration():
    """Platt and isotonic of scikit-learn, fitted on margins that are float32 values."""
    random = np.random.default_rng(4)

    def case(name, margins, labels):
        margins = np.asarray(margins, dtype=np.float32).astype(float)
        labels = np.asarray(labels)
        at = np.linspace(margins.min() - 1, margins.max() + 1, 101).astype(np.float32).astype(float)
        platt = _SigmoidCalibration().fit(margins, labels)
        isotonic = IsotonicRegression(out_of_bounds="clip").fit(margins, labels)
        return {
            "name": name,
            "margins": margins.tolist(),
            "labels": labels.tolist(),
            "platt": {"slope": -float(platt.a_), "intercept": -float(platt.b_)},
            "at": at.tolist(),
            "isotonic": isotonic.predict(at).tolist(),
        }

    margins = random.normal(0, 2, 300)
    labels = (random.random(300) < 1 / (1 + np.exp(-(0.5 * margins - 1)))).astype(int)
    return {
        "cases": [
            case("overconfident margins", margins, labels),
            case("tied margins", np.round(margins), labels),
            case("perfectly separated", margins, (margins > 0.5).astype(int)),
            case("rare positives", margins, (random.random(300) < 0.04 + 0.1 * (margins > 2)).astype(int)),
        ]
    }


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    write("metrics.json", metrics())
    write("logistic.json", logistic())
    write("evaluation.json", evaluation())
    write("calibration.json", calibration())
