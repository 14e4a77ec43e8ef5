"""One measurement of LightGBM or XGBoost in a fresh process: the twin of fit-once.ts, same job, same figures."""

import json
import resource
import sys
import time

import numpy as np
from sklearn.metrics import roc_auc_score

job = json.loads(sys.argv[1])
table, threads, library = job["table"], job["threads"], job["library"]
width = len(table["features"])
values = np.fromfile(table["path"] + ".values", np.float32).reshape(-1, width)
labels = np.fromfile(table["path"] + ".labels", np.uint8).astype(np.float32)
cut = int(0.8 * len(labels))


def timed(work):
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


if library == "lightgbm":
    import lightgbm

    parameters = {
        "objective": "binary",
        "num_leaves": 31,
        "learning_rate": 0.1,
        "min_data_in_leaf": 20,
        "lambda_l2": 0,
        "max_bin": 255,
        "num_threads": threads,
        "force_row_wise": True,
        "use_quantized_grad": job["quantised"],
        "verbose": -1,
    }
    booster, fit = timed(lambda: lightgbm.train(parameters, lightgbm.Dataset(values[:cut], labels[:cut]), 100))
    margins, predict = timed(lambda: booster.predict(values[cut:], raw_score=True))
    explain = lambda: booster.predict(values[: job["shapRows"]], pred_contrib=True)
else:
    import xgboost

    parameters = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "grow_policy": "lossguide",
        "max_leaves": 31,
        "max_depth": 0,
        "learning_rate": 0.1,
        "min_child_weight": 1e-3,
        "lambda": 0,
        "max_bin": 255,
        "nthread": threads,
    }
    booster, fit = timed(
        lambda: xgboost.train(parameters, xgboost.QuantileDMatrix(values[:cut], labels[:cut], max_bin=255, nthread=threads), 100)
    )
    margins, predict = timed(lambda: booster.inplace_predict(values[cut:], predict_type="margin"))
    explain = lambda: booster.predict(xgboost.DMatrix(values[: job["shapRows"]]), pred_contribs=True)

_, shap = timed(explain) if job["shapRows"] > 0 else (None, 0)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"fit": fit, "predict": predict, "shap": shap, "auc": roc_auc_score(labels[cut:], margins), "peakMb": peak}))
