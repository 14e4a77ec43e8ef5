"""Prints what pandas and Treeline say of the same two files, side by side; ends with 1 when they differ.

    venv/bin/python scripts/golden/side_by_side_monitor.py FOLDER

FOLDER holds metrics_history.jsonl and drift_latest.json. pandas computes by the monitor's definitions
(make_monitor_golden.py: reference); ours is the plan of `npm run monitor`. Not part of CI.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from make_monitor_golden import reference

ROOT = Path(__file__).resolve().parents[2]


def our_plan(metrics, drift):
    with tempfile.TemporaryDirectory() as folder:
        command = [ROOT / "node_modules" / ".bin" / "node", "scripts/monitor.ts", "--json", "--out", f"{folder}/plan.yaml"]
        command += ["--metrics", metrics.resolve(), "--drift", drift.resolve()]
        return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def actions_of(expected, plan):
    """By the brief. Whether to roll back is beyond pandas, so that one is taken over from ours."""
    if expected["status"] == "healthy":
        return ["do_nothing"]
    if expected["status"] == "critical":
        back = [action for action in plan["actions"] if action == "roll_back_model"]
        return ["open_incident", *back, "trigger_retraining", "page_oncall=false"]
    drop = expected["roc_auc_drop_pct"]
    tuning = ["raise_thresholds"] if expected["latency_high"] else []
    if drop is None:
        return ["open_incident", *tuning, "page_oncall=false"]
    return [*(["trigger_retraining"] if drop >= 3 - 1e-9 else []), *tuning]


def main(folder):
    metrics, drift = folder / "metrics_history.jsonl", folder / "drift_latest.json"
    points = [json.loads(line) for line in metrics.read_text().splitlines() if line.strip()]
    report = json.loads(drift.read_text())
    expected = reference(points, report["overall_drift"])
    plan = our_plan(metrics, drift)
    found = {name: value for finding in plan["findings"] for name, value in finding.items()}
    rounded = lambda value, places: value if value is None else round(value, places)
    rows = [("status", expected["status"], plan["status"])]
    rows += [(name, rounded(expected[name], 2), found[name]) for name in ("roc_auc_drop_pct", "pr_auc_drop_pct", "latency_p95_ms")]
    rows += [("drift_overall", report["overall_drift"], found["drift_overall"])]
    rows += [(f"robust z of {name}", rounded(z, 1), found.get("robust_z", {}).get(name)) for name, z in expected["robust_z"].items()]
    rows += [("actions", ", ".join(actions_of(expected, plan)), ", ".join(plan["actions"]))]
    print(f"pandas: {expected['points']} points, {expected['baseline_points']} in the baseline, "
          f"medians {expected['roc_auc_median']} (ROC-AUC) and {expected['pr_auc_median']} (PR-AUC)")
    print(f"{'':26}{'pandas':>12}{'ours':>12}")
    differing = 0
    for name, theirs, ours in rows:
        # Rounding of halves differs between the two languages: one unit of the last place shown is no difference.
        is_number = isinstance(theirs, (int, float)) and isinstance(ours, (int, float))
        same = abs(theirs - ours) <= (0.1 if "z of" in name else 0.01) + 1e-9 if is_number else theirs == ours
        differing += not same
        line = f"{name:26}{theirs!s:>12}{ours!s:>12}" if len(str(ours)) < 12 else f"{name}\n  pandas  {theirs}\n  ours    {ours}"
        print(line + ("" if same else "   DIFFERENT"))
    print("\n" + plan["rationale"])
    return 1 if differing else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
