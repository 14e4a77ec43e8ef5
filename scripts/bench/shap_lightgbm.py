"""The LightGBM side of scripts/bench/shap.ts: trains, writes its trees and rows, then times pred_contrib once per line read."""

import csv
import json
import sys
import time
from pathlib import Path

import lightgbm
import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "golden"))
from lightgbm_trees import round_model, to_trees

table, out = sys.argv[1:]
with open(table, newline="") as file:
    header, *rows = csv.reader(file)


def codes(column):
    try:
        return [float(value) if value else np.nan for value in column]
    except ValueError:
        return np.unique(column, return_inverse=True)[1].astype(float)


columns = np.column_stack([codes(column) for column in zip(*rows)]).astype(np.float32).astype(float)
labels, features = columns[:, -1], columns[:, :-1]
settings = {"objective": "binary", "num_leaves": 31, "learning_rate": 0.1, "num_threads": 1, "verbose": -1}
booster = round_model(lightgbm.train(settings, lightgbm.Dataset(features, labels), num_boost_round=100))
explained = features[:10_000]
content = {
    "version": lightgbm.__version__,
    "trees": to_trees(booster),
    "rows": [[None if np.isnan(value) else value for value in row] for row in explained.tolist()],
    "shap": booster.predict(explained, pred_contrib=True, num_threads=1)[:, :-1].tolist(),
}
Path(out).write_text(json.dumps(content))
print("ready", flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    booster.predict(explained, pred_contrib=True, num_threads=int(line))
    print((time.perf_counter() - start) * 1000, flush=True)
