"""Makes data/golden/monitor.json: what pandas says of seeded metrics histories by the monitor's definitions.

    python -m venv venv && venv/bin/pip install -r scripts/golden/requirements.txt
    venv/bin/python scripts/golden/make_monitor_golden.py

Run by hand; its output is committed. `reference` is also what side_by_side_monitor.py compares a folder's files with.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

GOLDEN = Path(__file__).resolve().parents[2] / "data" / "golden"
METRICS = ["roc_auc", "pr_auc", "acc", "latency_p95_ms", "error_rate"]
COLUMNS = ["ts", *METRICS]


def drop_pct(latest, median):
    if pd.isna(latest) or pd.isna(median) or median == 0:
        return None
    return float(100 * (median - latest) / median)


def robust_z(frame, baseline, metric):
    """Distance from the median in 1.4826 * MAD; None where fewer than 8 values, or none that differ, say nothing."""
    values = baseline[metric].dropna()
    latest = frame[metric].iloc[-1]
    if len(values) < 8 or pd.isna(latest):
        return None
    deviation = 1.482602218505602 * (values - values.median()).abs().median()
    return float((latest - values.median()) / deviation) if deviation > 0 else None


def reference(points, overall_drift, window="7D"):
    """The baseline is [T - window, T) by time; of points with equal time the last one read counts; no zone is UTC."""
    frame = pd.DataFrame(points)
    frame.index = pd.to_datetime(frame["ts"], format="ISO8601", utc=True)
    frame = frame[~frame.index.duplicated(keep="last")].sort_index()
    latest = frame.index[-1]
    baseline = frame[(frame.index >= latest - pd.Timedelta(window)) & (frame.index < latest)]
    roc_auc, pr_auc = (drop_pct(frame[name].iloc[-1], baseline[name].median()) for name in ("roc_auc", "pr_auc"))
    latency = frame["latency_p95_ms"].iloc[-2:]
    warn_latency = len(latency) == 2 and bool((latency > 400 + 1e-9).all())
    at_least = lambda drop, bound: drop is not None and drop >= bound - 1e-9
    if at_least(roc_auc, 6) or (overall_drift and at_least(pr_auc, 5)):
        status = "critical"
    elif roc_auc is None or at_least(roc_auc, 3) or warn_latency:
        status = "warn"
    else:
        status = "healthy"
    return {
        "points": len(frame),
        "baseline_points": len(baseline),
        "roc_auc_median": None if baseline.empty else float(baseline["roc_auc"].median()),
        "pr_auc_median": None if baseline.empty else float(baseline["pr_auc"].median()),
        "roc_auc_drop_pct": roc_auc,
        "pr_auc_drop_pct": pr_auc,
        "latency_p95_ms": float(frame["latency_p95_ms"].iloc[-1]),
        "latency_high": warn_latency,
        "status": status,
        "robust_z": {name: robust_z(frame, baseline, name) for name in METRICS},
    }


def history(random, times, worse_from=None, factor=1.0):
    points = []
    for i, time in enumerate(times):
        scale = factor if worse_from is not None and i >= worse_from else 1.0
        points.append(
            {
                "ts": time,
                "roc_auc": round(scale * random.uniform(0.90, 0.92), 4),
                "pr_auc": round(scale * random.uniform(0.65, 0.67), 4),
                "acc": round(random.uniform(0.86, 0.88), 4),
                "latency_p95_ms": round(random.uniform(200, 260) / scale**8, 1),
                "error_rate": round(random.uniform(0.01, 0.02) / scale**8, 4),
            }
        )
    return points


def cases():
    random = np.random.default_rng(4)
    hourly = [stamp.isoformat() for stamp in pd.date_range("2026-01-01T00:30:00.123456", periods=240, freq="h")]
    zones = [
        pd.Timestamp(stamp, tz="UTC").tz_convert("Asia/Kolkata" if i % 2 else "America/New_York").isoformat()
        for i, stamp in enumerate(hourly)
    ]
    step = history(random, hourly, worse_from=230, factor=0.945)
    doubled = step + history(random, hourly[100:140] + hourly[-1:])
    shuffled = [doubled[i] for i in random.permutation(len(doubled))]
    uneven = pd.Timestamp("2026-03-01") + pd.to_timedelta(np.cumsum(random.exponential(5400, 300)), unit="s")
    sparse = [stamp.isoformat() for stamp in pd.date_range("2026-01-01", periods=20, freq="D")]
    week = [stamp.isoformat() for stamp in pd.date_range("2026-01-01", periods=8, freq="D")]
    gap = [*hourly[:100], "2026-01-14T09:00:00Z", "2026-01-14T10:00:00Z"]
    made = {
        "hourly, ten worse points at the end": (step, True),
        "the same without drift": (step, False),
        "the same with points twice, in any order": (shuffled, True),
        "an even number of points, steady": (history(random, hourly[:97]), True),
        "two zones with offsets": (history(random, zones, worse_from=235, factor=0.96), False),
        "uneven times": (history(random, [stamp.isoformat() for stamp in uneven], worse_from=290, factor=0.9), False),
        "one point a day": (history(random, sparse, worse_from=19, factor=0.95), True),
        "exactly seven days: the first point is inside": (history(random, week, worse_from=7, factor=0.968), True),
        "a gap of nine days, then two points": (history(random, gap, worse_from=101, factor=0.93), False),
        "a gap longer than the window before the last point": (history(random, [*hourly[:50], "2026-01-20"]), True),
        "half of the window is worse": (history(random, hourly, worse_from=155, factor=0.945), True),
    }
    return [
        {
            "name": name,
            "overall_drift": drift,
            "expected": reference(points, drift),
            "points": [[point[name] for name in COLUMNS] for point in points],
        }
        for name, (points, drift) in made.items()
    ]


if __name__ == "__main__":
    versions = {"numpy": np.__version__, "pandas": pd.__version__}
    content = {"made_by": "scripts/golden/make_monitor_golden.py", "versions": versions, "columns": COLUMNS, "cases": cases()}
    # One line for each point: smaller than indented, and a change shows where it is.
    text = json.dumps(content).replace("], [", "],\n[")
    GOLDEN.mkdir(parents=True, exist_ok=True)
    (GOLDEN / "monitor.json").write_text(text + "\n")
