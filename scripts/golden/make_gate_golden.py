"""Makes data/golden/gate.json: what scikit-learn, SciPy and NumPy say of two models on the same rows.

    python -m venv venv && venv/bin/pip install -r scripts/golden/requirements.txt
    venv/bin/python scripts/golden/make_gate_golden.py

Run by hand; its output is committed. The bootstrap draws positives and negatives from their own rows, each row for both
models at once; its standard error is itself a draw, good to about one hundredth at these 10,000 replicates.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import scipy.stats
import sklearn
from sklearn.metrics import average_precision_score, log_loss

GOLDEN = Path(__file__).resolve().parents[2] / "data" / "golden"
VERSIONS = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
REPLICATES = 10_000


def paired_log_loss(first, second, labels):
    losses = [-np.where(labels == 1, np.log(p), np.log1p(-p)) for p in (first, second)]
    test = scipy.stats.ttest_rel(losses[0], losses[1])
    return {
        "difference": log_loss(labels, first) - log_loss(labels, second),
        "z": test.statistic,
        "p": 2 * scipy.stats.norm.sf(abs(test.statistic)),
    }


def paired_average_precision(first, second, labels, random):
    classes = [np.flatnonzero(labels == wanted) for wanted in (1, 0)]
    gaps = np.empty(REPLICATES)
    for i in range(REPLICATES):
        weights = np.zeros(len(labels))
        for rows in classes:
            np.add.at(weights, random.choice(rows, len(rows)), 1)
        kept = weights > 0
        gaps[i] = average_precision_score(
            labels[kept], first[kept], sample_weight=weights[kept]
        ) - average_precision_score(labels[kept], second[kept], sample_weight=weights[kept])
    return {
        "difference": average_precision_score(labels, first) - average_precision_score(labels, second),
        "standard_error": gaps.std(ddof=1),
    }


def case(name, first, second, labels, random):
    return {
        "name": name,
        "first": first.tolist(),
        "second": second.tolist(),
        "labels": labels.tolist(),
        "log_loss": paired_log_loss(first, second, labels),
        "average_precision": paired_average_precision(first, second, labels, random),
    }


def cases():
    random = np.random.default_rng(20261121)
    labels = (random.random(400) < 0.3).astype(int)
    margin = 2 * labels - 1.5 + random.normal(0, 1.2, 400)
    sigmoid = lambda x: 1 / (1 + np.exp(-x))
    first = np.round(sigmoid(margin), 6)
    near = np.round(sigmoid(margin + random.normal(0, 0.3, 400)), 6)
    worse = np.round(sigmoid(margin + random.normal(0, 1.5, 400)), 6)
    tied = np.clip(np.round(worse, 1), 0.05, 0.95)
    return [
        case("two models that nearly agree", first, near, labels, random),
        case("a clearly better one", first, worse, labels, random),
        case("tied probabilities", near, tied, labels, random),
    ]


content = {"made_by": "scripts/golden/make_gate_golden.py", "versions": VERSIONS, "cases": cases()}
(GOLDEN / "gate.json").write_text(json.dumps(content, indent=1) + "\n")
