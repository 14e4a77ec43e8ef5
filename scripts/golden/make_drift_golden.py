"""Makes data/golden/drift.json: what NumPy and SciPy give for drift statistics on fixed inputs.

    python -m venv venv && venv/bin/pip install -r scripts/golden/requirements.txt
    venv/bin/python scripts/golden/make_drift_golden.py

Run by hand; its output is committed. The definitions are those that the drift report states under details.method.
"""

import json
from pathlib import Path

import numpy as np
import scipy
from scipy.spatial.distance import jensenshannon
from scipy.special import gammaincc, gammaln, kolmogorov
from scipy.stats import chi2, chi2_contingency, false_discovery_control, ks_2samp, wasserstein_distance
from scipy.stats.contingency import association

GOLDEN = Path(__file__).resolve().parents[2] / "data" / "golden"
VERSIONS = {"numpy": np.__version__, "scipy": scipy.__version__}
FLOOR = 1e-6


def psi_of_shares(reference, current):
    r = np.maximum(np.asarray(reference, dtype=float), FLOOR)
    c = np.maximum(np.asarray(current, dtype=float), FLOOR)
    return float(((c - r) * np.log(c / r)).sum())


def quantile_edges(reference):
    """Distinct type-7 deciles, the ends infinite; below, equal and above the heavier of at most two values.

    np.linspace(0, 1, 11) would put 0.30000000000000004 for 0.3, and an order statistic below its own quantile.
    """
    distinct = np.unique(np.quantile(reference, np.arange(11) / 10))
    if len(distinct) > 2:
        return np.concatenate([[-np.inf], distinct[1:-1], [np.inf]])
    heavy = max(distinct, key=lambda value: (reference == value).sum())
    return np.array([-np.inf, heavy, np.nextafter(heavy, np.inf), np.inf])


def bin_counts(values, edges):
    """Rows per bin [a, b), then the missing ones."""
    present = values[~np.isnan(values)]
    bins = np.searchsorted(edges, present, side="right") - 1
    return np.append(np.bincount(bins, minlength=len(edges) - 1), np.isnan(values).sum())


def number_case(name, reference, current):
    reference, current = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    a, b = reference[~np.isnan(reference)], current[~np.isnan(current)]
    edges = quantile_edges(a)
    counts = [bin_counts(side, edges) for side in (reference, current)]
    shares = [side / side.sum() for side in counts]
    statistic = float(ks_2samp(a, b, method="asymp").statistic)
    n, m = len(a), len(b)
    return {
        "name": name,
        "reference": [None if np.isnan(value) else value for value in reference.tolist()],
        "current": [None if np.isnan(value) else value for value in current.tolist()],
        "edges": edges[1:-1].tolist(),
        "counts": [side.tolist() for side in counts],
        "psi": psi_of_shares(*shares),
        "jensen_shannon": float(jensenshannon(*shares, base=2)),
        "ks": statistic,
        "ks_p": float(kolmogorov(np.sqrt(n * m / (n + m)) * statistic)),
        "wasserstein": float(wasserstein_distance(a, b)),
        "deviation": float(np.std(a)),
        "mean": float(np.mean(a)),
    }


def count_case(name, reference, current):
    table = np.array([reference, current], dtype=float)
    used = table[:, table.sum(axis=0) > 0]
    test = chi2_contingency(used, correction=False)
    shares = [side / side.sum() for side in table]
    return {
        "name": name,
        "reference": list(reference),
        "current": list(current),
        "chi_square": float(test.statistic),
        "degrees_of_freedom": int(test.dof),
        "p": float(test.pvalue),
        "cramers_v": float(association(used.astype(int), method="cramer", correction=False)),
        "psi": psi_of_shares(*shares),
        "jensen_shannon": float(jensenshannon(*shares, base=2)),
    }


def samples():
    random = np.random.default_rng(4)
    normal = np.round(random.normal(0, 1, 300), 4)
    holed = normal.copy()
    holed[::3] = np.nan
    zeros = np.concatenate([np.zeros(190), random.integers(1, 9, 10)])
    return [
        number_case("two normal samples of one law", normal, np.round(random.normal(0, 1, 250), 4)),
        number_case("a mean that moved", normal, np.round(random.normal(0.8, 1, 200), 4)),
        number_case("heavily tied counts", random.poisson(0.7, 200), random.poisson(1.1, 150)),
        number_case("one third missing", holed, normal),
        number_case("none in common", normal, normal + 100),
        number_case("95 % zeros that become 60 %", zeros, np.concatenate([np.zeros(120), np.full(80, 3.0)])),
        number_case("zero and one", np.repeat([0, 1], [60, 40]), np.repeat([0, 1], [30, 70])),
        number_case("a large offset", 1e9 + normal, 1e9 + 0.5 + normal),
        number_case("one row against one row", [3.5], [4.25]),
        number_case("skewed amounts", np.round(random.exponential(20, 400), 1), np.round(random.exponential(26, 90), 1)),
    ]


def count_tables():
    return [
        count_case("two levels", [500, 300], [420, 380]),
        count_case("a level that is new", [60, 30, 10, 0], [20, 25, 4, 1]),
        count_case("a bin that is empty on both sides", [10, 0, 20], [15, 0, 5]),
        count_case("very unequal sizes", [9000, 900, 100], [5, 3, 2]),
        count_case("nothing in common", [7, 0], [0, 9]),
        count_case("p below 1e-100", [90_000, 10_000], [60_000, 40_000]),
        count_case("forty levels", list(range(1, 41)), list(range(40, 0, -1))),
    ]


def laws():
    points = [(a, x) for a in (0.1, 0.5, 1, 1.5, 4.5, 30, 1000, 20_000) for x in (1e-8, 0.1, 1, 3, 25, 400, 21_000)]
    tails = [(k, tail) for k in (1, 2, 3, 9, 10, 41, 1000) for tail in (0.99, 0.5, 0.05, 0.01, 1e-6)]
    return {
        "upper_gamma": [[a, x, float(gammaincc(a, x))] for a, x in points],
        "log_gamma": [[a, float(gammaln(a))] for a in (0.01, 0.3, 0.5, 1.5, 2.5, 10, 1234.5, 1e6)],
        "chi_square_quantile": [[k, tail, float(chi2.isf(tail, k))] for k, tail in tails],
        "kolmogorov": [[x, float(kolmogorov(x))] for x in (0.01, 0.2, 0.4, 0.7, 0.999, 1, 1.001, 1.5, 2.5, 5, 18)],
    }


def adjusted():
    lists = [[0.01, 0.04, 0.03, 0.5], [1.0, 1.0], [0.2], [1e-300, 0.049, 0.05, 0.05, 0.9, 0.001]]
    return [{"p": p, "adjusted": false_discovery_control(p, method="bh").tolist()} for p in lists]


if __name__ == "__main__":
    content = {
        "made_by": "scripts/golden/make_drift_golden.py",
        "versions": VERSIONS,
        "laws": laws(),
        "numbers": samples(),
        "counts": count_tables(),
        "false_discovery": adjusted(),
    }
    (GOLDEN / "drift.json").write_text(json.dumps(content, allow_nan=False) + "\n")
