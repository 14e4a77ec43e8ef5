"""Makes data/golden/fairness.json: what Fairlearn, SciPy, pandas and a plain O(n^2) DeLong give on fixed inputs.

    python -m venv venv && venv/bin/pip install -r scripts/golden/requirements.txt
    venv/bin/python scripts/golden/make_fairness_golden.py

Run by hand; its output is committed and names the versions that made it.
"""

import json
from pathlib import Path

import fairlearn
import numpy as np
import pandas as pd
import scipy
import sklearn
from fairlearn.metrics import (
    MetricFrame,
    count,
    demographic_parity_difference,
    demographic_parity_ratio,
    equal_opportunity_difference,
    equal_opportunity_ratio,
    equalized_odds_difference,
    false_positive_rate,
    false_positive_rate_difference,
    selection_rate,
    true_positive_rate,
)
from scipy.stats import binomtest, norm
from sklearn.metrics import accuracy_score, roc_auc_score

GOLDEN = Path(__file__).resolve().parents[2] / "data" / "golden"
VERSIONS = {
    "numpy": np.__version__,
    "pandas": pd.__version__,
    "scipy": scipy.__version__,
    "scikit-learn": sklearn.__version__,
    "fairlearn": fairlearn.__version__,
}


def kernel(scores, labels):
    """[positive, negative] -> 1 in the right order, 0.5 tied, 0 wrong: every pair, as DeLong et al. (1988) write it."""
    x, y = scores[labels == 1][:, None], scores[labels == 0][None, :]
    return (x > y) + 0.5 * (x == y)


def delong_covariance(kernels):
    """Covariance of the ROC-AUCs of several scores on the same rows."""
    v10 = np.array([k.mean(axis=1) for k in kernels])
    v01 = np.array([k.mean(axis=0) for k in kernels])
    positives, negatives = kernels[0].shape
    return np.atleast_2d(np.cov(v10)) / positives + np.atleast_2d(np.cov(v01)) / negatives


def delong(name, first, second, labels):
    first, second, labels = np.asarray(first, float), np.asarray(second, float), np.asarray(labels)
    kernels = [kernel(first, labels), kernel(second, labels)]
    covariance = delong_covariance(kernels)
    auc = roc_auc_score(labels, first)
    error = float(np.sqrt(covariance[0, 0]))
    bounds = scipy.special.expit(scipy.special.logit(auc) + np.array([-1, 1]) * norm.ppf(0.975) * error / (auc * (1 - auc)))
    difference = auc - roc_auc_score(labels, second)
    difference_error = float(np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]))
    z = difference / difference_error
    return {
        "name": name,
        "first": first.tolist(),
        "second": second.tolist(),
        "labels": labels.tolist(),
        "roc_auc": auc,
        "standard_error": error,
        "low": bounds[0],
        "high": bounds[1],
        "difference": difference,
        "difference_standard_error": difference_error,
        "z": z,
        "p": 2 * norm.sf(abs(z)),
    }


def delong_cases():
    random = np.random.default_rng(11)
    labels = (random.random(150) < 0.35).astype(int)
    truth = labels + random.normal(0, 1.1, 150)
    first = truth + random.normal(0, 0.4, 150)
    second = truth + random.normal(0, 0.9, 150)
    return [
        delong("two correlated scores", first, second, labels),
        delong("heavily tied scores", np.round(first), np.round(second), labels),
        delong("almost separated", labels + random.normal(0, 0.25, 150), second, labels),
        delong("a clear difference", labels + random.normal(0, 0.4, 150), random.normal(0, 1, 150), labels),
    ]


def wilson_cases():
    return [
        {"count": k, "total": n, "low": ci.low, "high": ci.high}
        for k, n in [(0, 50), (1, 50), (25, 50), (50, 50), (7, 12), (431, 6513)]
        for ci in [binomtest(k, n).proportion_ci(0.95, method="wilson")]
    ]


def newcombe_cases():
    """Newcombe (1998), Statistics in Medicine 17, 873-890, method 10, written out from the quadratic's roots."""

    def bounds(k, n):
        z = norm.ppf(0.975)
        roots = np.roots([n * n + n * z * z, -(2 * n * k + n * z * z), k * k])
        return min(roots), max(roots)

    cases = []
    for a, m, b, n in [(56, 70, 48, 80), (9, 10, 3, 10), (6, 7, 2, 7), (5, 56, 0, 29), (0, 10, 0, 20), (10, 10, 0, 20)]:
        (l1, u1), (l2, u2) = bounds(a, m), bounds(b, n)
        p, q = a / m, b / n
        low = p - q - np.sqrt((p - l1) ** 2 + (u2 - q) ** 2)
        high = p - q + np.sqrt((u1 - p) ** 2 + (q - l2) ** 2)
        cases.append({"a": [a, m], "b": [b, n], "difference": p - q, "low": low, "high": high})
    return cases


def groups_case(name, group, probabilities, labels, threshold, reference):
    chosen = (probabilities >= threshold).astype(int)
    metrics = {
        "rows": count,
        "base_rate": lambda y_true, y_pred: float(np.mean(y_true)),
        "selection_rate": selection_rate,
        "true_positive_rate": true_positive_rate,
        "false_positive_rate": false_positive_rate,
        "accuracy": accuracy_score,
    }
    frame = MetricFrame(metrics=metrics, y_true=labels, y_pred=chosen, sensitive_features=group)
    auc = MetricFrame(metrics=roc_auc_score, y_true=labels, y_pred=probabilities, sensitive_features=group)
    kwargs = {"y_true": labels, "y_pred": chosen, "sensitive_features": group}
    by_group = frame.by_group.assign(roc_auc=auc.by_group)
    against = by_group.sub(by_group.loc[reference])
    return {
        "name": name,
        "group": list(group),
        "probabilities": probabilities.tolist(),
        "labels": labels.tolist(),
        "threshold": threshold,
        "reference": reference,
        "by_group": by_group.to_dict(orient="index"),
        "overall": frame.overall.to_dict(),
        "demographic_parity_difference": demographic_parity_difference(**kwargs),
        "demographic_parity_ratio": demographic_parity_ratio(**kwargs),
        "equal_opportunity_difference": equal_opportunity_difference(**kwargs),
        "equal_opportunity_ratio": equal_opportunity_ratio(**kwargs),
        "false_positive_rate_difference": false_positive_rate_difference(**kwargs),
        "equalized_odds_difference": equalized_odds_difference(**kwargs),
        "against_reference": {
            "demographic_parity": against["selection_rate"].to_dict(),
            "equal_opportunity": against["true_positive_rate"].to_dict(),
            "predictive_equality": against["false_positive_rate"].to_dict(),
        },
        "reweighing": reweighing(group, labels),
    }


def reweighing(group, labels):
    """Kamiran and Calders (2012), from pandas' crosstab."""
    seen = pd.crosstab(group, labels, normalize="all")
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0))
    weights = pd.DataFrame(expected, seen.index, seen.columns) / seen
    return {name: weights.loc[name].tolist() for name in weights.index}


def groups_cases():
    random = np.random.default_rng(12)

    def draw(names, shares, shift, rows):
        group = random.choice(names, rows, p=shares)
        lean = pd.Series(group).map(dict(zip(names, shift))).to_numpy()
        margin = random.normal(-0.6, 1.2, rows) + lean
        labels = (random.random(rows) < 1 / (1 + np.exp(-margin))).astype(int)
        # float32 values, as models answer.
        probabilities = 1 / (1 + np.exp(-(margin + random.normal(0, 0.5, rows))))
        return group, probabilities.astype(np.float32).astype(float), labels

    two = draw(["b", "a"], [0.35, 0.65], [-0.8, 0.3], 700)
    four = draw(["w", "x", "y", "z"], [0.4, 0.3, 0.17, 0.13], [0.4, -0.5, 0.0, 0.9], 900)
    return [
        groups_case("two groups", *two, 0.5, "a"),
        groups_case("four groups, a low threshold", *four, 0.25, "w"),
        groups_case("four groups against a small reference", *four, 0.6, "z"),
    ]


if __name__ == "__main__":
    content = {
        "made_by": "scripts/golden/make_fairness_golden.py",
        "versions": VERSIONS,
        "delong": delong_cases(),
        "wilson": wilson_cases(),
        "newcombe": newcombe_cases(),
        "groups": groups_cases(),
    }
    GOLDEN.mkdir(parents=True, exist_ok=True)
    (GOLDEN / "fairness.json").write_text(json.dumps(content, indent=1) + "\n")
