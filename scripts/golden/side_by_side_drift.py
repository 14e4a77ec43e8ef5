"""Prints what SciPy, pandas and Treeline say of the same two tables, side by side; ends with 1 when they differ.

    venv/bin/python scripts/golden/side_by_side_drift.py FOLDER

FOLDER holds churn_ref_sample.csv and churn_shifted_sample.csv. SciPy and pandas compute by the definitions that the
report states under details.method (make_drift_golden.py has most of them); ours is `npm run drift`. Not part of CI.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2, chi2_contingency, false_discovery_control
from scipy.stats.contingency import association

from make_drift_golden import number_case, psi_of_shares

ROOT = Path(__file__).resolve().parents[2]
LARGEST_ALLOWED = 1e-9


def our_report(reference, current):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        command = [ROOT / "node_modules" / ".bin" / "node", "scripts/drift.ts", "--contract", "churn", "--out", out]
        command += ["--ref", reference.resolve(), "--new", current.resolve()]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return json.loads(out.read_text())


def chance_limit(bins, n, m):
    return float(chi2.ppf(0.99, bins - 1) * (1 / n + 1 / m)) if bins > 1 else 0.0


def number_statistics(reference, current):
    case = number_case("", reference, current)
    counts = np.array(case["counts"])
    return {
        "psi": case["psi"],
        "chance_limit": chance_limit((counts.sum(axis=0) > 0).sum(), len(reference), len(current)),
        "jensen_shannon": case["jensen_shannon"],
        "ks.statistic": case["ks"],
        "ks.p_value": case["ks_p"],
        "wasserstein": case["wasserstein"] / case["deviation"],
    }


def category_statistics(reference, current):
    levels = pd.concat([reference, current]).fillna("").unique()
    counts = np.array([side.fillna("").value_counts().reindex(levels, fill_value=0) for side in (reference, current)])
    shares = [side / side.sum() for side in counts]
    test = chi2_contingency(counts, correction=False)
    return {
        "psi": psi_of_shares(*shares),
        "chance_limit": chance_limit(len(levels), len(reference), len(current)),
        "jensen_shannon": float(jensenshannon(*shares, base=2)),
        "chi_square.statistic": float(test.statistic),
        "chi_square.p_value": float(test.pvalue),
        "chi_square.cramers_v": float(association(counts, method="cramer", correction=False)),
    }


def expected_columns(reference, current, columns):
    """Statistics by feature, in our order, with p-values adjusted over all of them."""
    expected = {}
    for column in columns:
        name = column["feature"]
        statistics = number_statistics if column["kind"] == "number" else category_statistics
        expected[name] = statistics(reference[name], current[name])
    keys = [(name, key) for name, values in expected.items() for key in values if key.endswith(".p_value")]
    adjusted = false_discovery_control([expected[name][key] for name, key in keys], method="bh")
    for (name, key), p in zip(keys, adjusted):
        expected[name][key.replace("p_value", "p_adjusted")] = float(p)
    return expected


def ours_at(column, path):
    for key in path.split("."):
        column = column[key]
    return column


def main(folder):
    paths = [folder / "churn_ref_sample.csv", folder / "churn_shifted_sample.csv"]
    reference, current = (pd.read_csv(path) for path in paths)
    report = our_report(*paths)
    columns = report["details"]["columns"]
    expected = expected_columns(reference, current, columns)
    largest = (0.0, "")
    print(f"{'':24}{'':26}{'SciPy, pandas':>24}{'ours':>24}{'difference':>12}")
    for column in columns:
        for path, theirs in expected[column["feature"]].items():
            ours = ours_at(column, path)
            largest = max(largest, (abs(ours - theirs), f"{column['feature']} {path}"))
            print(f"{column['feature']:24}{path:26}{theirs:24.16g}{ours:24.16g}{abs(ours - theirs):12.1e}")
    drifted = [name for name, values in expected.items() if values["psi"] > report["threshold"]]
    same = drifted == [column["feature"] for column in columns if column["drifted"]]
    print(f"\ndrifted (PSI > {report['threshold']}): {', '.join(drifted) or 'none'}; ours {'the same' if same else 'OTHERS'}")
    print(f"overall_drift: {bool(drifted)}; ours {report['overall_drift']}")
    print(f"largest difference: {largest[0]:.1e} ({largest[1]})")
    return 0 if same and bool(drifted) == report["overall_drift"] and largest[0] <= LARGEST_ALLOWED else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
