"""From CSV to a model file with pandas and LightGBM, as a script would: train_whole.py TABLE.csv MODEL.txt THREADS."""

import sys

import lightgbm
import pandas
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

table = pandas.read_csv(sys.argv[1])
for name in table.columns:
    if not pandas.api.types.is_numeric_dtype(table[name]):
        table[name] = table[name].astype("category").cat.codes
features, target = table.iloc[:, :-1], table.iloc[:, -1]
x, x_rest, y, y_rest = train_test_split(features, target, test_size=0.2, random_state=1, stratify=target)
parameters = {
    "objective": "binary",
    "num_leaves": 31,
    "learning_rate": 0.1,
    "min_data_in_leaf": 20,
    "lambda_l2": 0,
    "num_threads": int(sys.argv[3]),
    "force_row_wise": True,
    "verbose": -1,
}
booster = lightgbm.train(parameters, lightgbm.Dataset(x, y), 100)
booster.save_model(sys.argv[2])
print(roc_auc_score(y_rest, booster.predict(x_rest)))
