"""The five base learners. Each corrects the market's price instead of guessing the outcome anew.

The price knows most of what there is to know: a learner that has to find that out by itself spends its few independent
events on it. The boosted ones start from the price's logit, the others fit the residual `outcome - price`.

They look at the price and its recent movement only (`USED`). With all 29 features they learnt the events of the training
weeks by their wording and lost 1.6 to 2.7 % out of sample (`EXPERIMENTS.md`); the graph still takes all 29.
Forecasts may only fall as volatility rises: fits without that rule were no better and less steady.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from .constants import CLIP, FEATURES, PRICE, SEED

USED = ["yes_price", "momentum_1h", "momentum_24h", "volatility_24h", "rsi"]
FALLING = ["volatility_24h"]
TREES = 100
SMALLEST_LEAF = 40


def logit(p: np.ndarray) -> np.ndarray:
    return np.log(p) - np.log1p(-p)


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-z))


def price(x: np.ndarray) -> np.ndarray:
    """Market price as the graph uses it: clipped away from 0 and 1."""
    return np.clip(x[:, PRICE].astype(np.float64), CLIP, 1.0 - CLIP)


def price_margin(x: np.ndarray) -> np.ndarray:
    """Logit of the market price."""
    return logit(price(x))


def visible(x: np.ndarray) -> np.ndarray:
    """The matrix with every unused column held constant, so that no tree can split on it."""
    return np.where(np.isin(FEATURES, USED), x, np.float32(0.0))


def directions() -> list[int]:
    return [-1 if name in FALLING else 0 for name in FEATURES]


class Learner(ABC):
    """Fits corrections of the market price; `raw` is the sum of its trees."""

    name: str
    # True: trees add to the price's logit. False: trees add to the price itself.
    on_logit: bool

    @abstractmethod
    def fit(self, x: np.ndarray, y: np.ndarray, w: np.ndarray) -> Learner: ...

    @abstractmethod
    def raw(self, x: np.ndarray) -> np.ndarray:
        """Sum of the trees, base constant included, as the library computes it."""

    def margin(self, x: np.ndarray) -> np.ndarray:
        """Logit of P(Yes)."""
        if self.on_logit:
            return price_margin(x) + self.raw(x)
        return logit(np.clip(price(x) + self.raw(x), CLIP, 1.0 - CLIP))


class XGBoost(Learner):
    name, on_logit = "xgboost", True

    def fit(self, x, y, w):
        import xgboost as xgb

        data = xgb.DMatrix(visible(x), label=y, weight=w, base_margin=price_margin(x), nthread=1)
        settings = {
            "objective": "binary:logistic", "base_score": 0.5, "max_depth": 3, "eta": 0.05, "min_child_weight": 1.0,
            "subsample": 0.7, "colsample_bynode": 0.75, "lambda": 1.0, "tree_method": "hist", "max_bin": 64,
            "monotone_constraints": str(tuple(directions())), "seed": SEED, "nthread": 1,
        }  # fmt: skip
        self.booster = xgb.train(settings, data, num_boost_round=TREES)
        return self

    def raw(self, x):
        import xgboost as xgb

        data = xgb.DMatrix(x, base_margin=np.zeros(len(x)), nthread=1)
        return self.booster.predict(data, output_margin=True).astype(np.float64)


class LightGBM(Learner):
    name, on_logit = "lightgbm", True

    def fit(self, x, y, w):
        import lightgbm as lgb

        data = lgb.Dataset(visible(x).astype(np.float64), label=y, weight=w, init_score=price_margin(x))
        settings = {
            "objective": "binary", "boost_from_average": False, "num_leaves": 6, "max_depth": 4, "learning_rate": 0.05,
            "min_data_in_leaf": SMALLEST_LEAF, "lambda_l2": 1.0, "bagging_fraction": 0.7, "bagging_freq": 1,
            "feature_fraction_bynode": 0.75, "max_bin": 63, "monotone_constraints": directions(), "seed": SEED,
            "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1,
        }  # fmt: skip
        self.booster = lgb.train(settings, data, num_boost_round=TREES)
        return self

    def raw(self, x):
        return self.booster.predict(x.astype(np.float64), raw_score=True, num_threads=1)


class HistGradientBoosting(Learner):
    name, on_logit = "hist_gradient_boosting", False

    def fit(self, x, y, w):
        from sklearn.ensemble import HistGradientBoostingRegressor

        self.model = HistGradientBoostingRegressor(
            max_iter=TREES, learning_rate=0.04, max_leaf_nodes=6, max_depth=4, min_samples_leaf=SMALLEST_LEAF,
            l2_regularization=1.0, max_features=0.75, max_bins=63, early_stopping=False, random_state=SEED,
            monotonic_cst=directions(),
        )  # fmt: skip
        self.model.fit(visible(x), y - x[:, PRICE], sample_weight=w)
        return self

    def raw(self, x):
        with np.errstate(invalid="ignore"):  # scikit-learn sums up the matrix to see whether it is finite
            return self.model.predict(x)


class Forest(Learner):
    """A forest on residuals."""

    on_logit = False
    share_of_trees = 1.0
    depth = 5
    smallest_leaf = SMALLEST_LEAF
    features = 0.75

    @abstractmethod
    def kind(self): ...

    def fit(self, x, y, w):
        self.model = self.kind()(
            n_estimators=round(TREES * self.share_of_trees), max_depth=self.depth,
            min_samples_leaf=self.smallest_leaf, max_features=self.features, monotonic_cst=directions(), n_jobs=1, random_state=SEED,
        )  # fmt: skip
        self.model.fit(visible(x), y - x[:, PRICE], sample_weight=w)
        return self

    def raw(self, x):
        whole = ~np.isnan(x).any(axis=1)
        result = np.empty(len(x))
        if whole.any():
            with np.errstate(invalid="ignore"):
                result[whole] = self.model.predict(x[whole])
        if not whole.all():
            # scikit-learn's monotone forests refuse missing values; ours go with the larger child.
            from .trees import trees_of, walk

            result[~whole] = walk(trees_of(self), x[~whole])
        return result


class ExtraTrees(Forest):
    name = "extra_trees"
    # Its splits fall at random: with the others' depth it hardly moved from the price and made them look at odds.
    # Half as many of these larger trees score the same.
    share_of_trees = 0.5
    depth, smallest_leaf, features = 8, 20, 1.0

    def kind(self):
        from sklearn.ensemble import ExtraTreesRegressor

        return ExtraTreesRegressor


class RandomForest(Forest):
    name = "random_forest"

    def kind(self):
        from sklearn.ensemble import RandomForestRegressor

        return RandomForestRegressor


LEARNERS: list[type[Learner]] = [XGBoost, LightGBM, HistGradientBoosting, ExtraTrees, RandomForest]
