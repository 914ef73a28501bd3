"""`MODEL_CARD.md`: what the model is, what it was fitted on, how good it is, what it does not know."""

from __future__ import annotations

from datetime import UTC, datetime

SOURCES = {
    "airdropperxx": "github.com/Airdropperxx/polymarket-engine, `data/market_snapshot.json.gz`",
    "fated": "github.com/ochaff/FATED_polymarket, `data/prices.parquet` and `market_summary.parquet`",
    "forecastbench_daily": "github.com/forecastingresearch/forecastbench-datasets (CC BY-SA 4.0), Polymarket questions",
}


def day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def percent(value: float) -> str:
    return f"{100 * value:+.2f} %"


def line(name: str, f: dict) -> str:
    low, high = f["skill_ci95"]
    return (
        f"| {name} | {f['n']:,} | {f['events']} | {f['brier_model']:.4f} | {f['brier_market']:.4f} | {percent(f['skill'])} "
        f"[{percent(low)}, {percent(high)}] | {f['log_loss_model']:.4f} / {f['log_loss_market']:.4f} | "
        f"{f['ece_model']:.3f} / {f['ece_market']:.3f} | {f['verdict']} |"
    )


HEAD = (
    "| forecast | rows | events | Brier | Brier market | skill [95 %] | log loss ours / market | ECE ours / market | verdict |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def table(part: dict) -> str:
    return "\n".join([HEAD, *(line(name, f) for name, f in part.items())])


def reliability(bins: list) -> str:
    rows = [f"| {mean:.3f} | {share:.3f} | {count:,} | {'█' * round(share * 40)} |" for mean, share, count in bins]
    return "\n".join(["| said | happened | rows | |", "|---|---|---|---|", *rows])


def card(manifest: dict, development: dict, holdout: dict | None, weights: dict[str, tuple[float, float]], sources: dict[str, int]) -> str:
    """The text of the card."""
    training = manifest["training"]
    origin = "\n".join(f"- {SOURCES.get(name, name)}: {count:,} rows" for name, count in sorted(sources.items()))
    say = ", ".join(f"{name} {factor:.2f} × {weight:.2f}" for name, (factor, weight) in weights.items())
    main = (holdout or development)["without sports"]["posterior"]
    parts = [
        f"# Model {manifest['version']}",
        "Paper trading and research only. Five tree learners (XGBoost, LightGBM, HistGradientBoosting, ExtraTrees, RandomForest), "
        "each a correction of the market price, blended in the log odds; one ONNX graph, run by tract.",
        f"**In one sentence:** out of sample, on the markets the bot bets on, what it says has a skill of "
        f"{percent(main['skill'])} against the market price [{percent(main['skill_ci95'][0])}, "
        f"{percent(main['skill_ci95'][1])}]: **{main['verdict']}**.",
        "## Data",
        f"{training['rows']:,} rows of {training['markets']:,} markets in {training['events']:,} events, as of "
        f"{training['from'][:10]} to {training['to'][:10]}; rows are made by `oddsmith features` (one at most every four hours "
        f"of the clock, prices between 0.03 and 0.97, before the published end). Outcomes inferred from a last price are not used. "
        f"Rows weigh 1 / rows of their market.\n\n{origin}",
        "## Out of sample",
        "Purged walk-forward: each window is predicted by learners and weights fitted on rows whose outcome was known before the "
        "window began, without any row of an event that is tested. `posterior` is what the bot says (anchored to the market with "
        "LR_DAMPING 0.5), `raw` the ensemble before anchoring. Intervals: 2,000 bootstrap draws of whole events.",
    ]
    if holdout:
        parts += [
            f"### Last window, {day(holdout['windows'][0])} to {day(holdout['windows'][-1])}, after the windows the structure was chosen on",
            "Without sports (what the bot bets on):\n\n" + table(holdout["without sports"]),
            "All markets:\n\n" + table(holdout["all"]),
        ]
    parts += [
        f"### Development windows, {day(development['windows'][0])} to {day(development['windows'][-1])}, on which the structure was chosen",
        "Without sports:\n\n" + table(development["without sports"]),
        "All markets:\n\n" + table(development["all"]),
        "Posterior by horizon and kind (development windows):\n\n" + table(development["breakdown"]),
        "Reliability of the posterior, without sports:\n\n" + reliability(development["reliability"]),
        "## Shape",
        f"Calibration factor × weight of each learner's correction: {say}. The weights are fitted for the anchored forecast, which "
        "keeps at most 0.375 of a correction, so their sum may exceed 1. Sports markets get the market price. The learners see yes_price, momentum_1h, momentum_24h, "
        "volatility_24h and rsi; a forecast may only fall as volatility rises.",
        "## What it does not know",
        "- Volume at decision time was not recorded, so `log_volume` was constant in training and no tree uses it.\n"
        "- Nearly all rows are from three weeks of spring 2026; other seasons may differ. Markets of those weeks share causes "
        "(one war, one crypto market), so the true interval is wider than the bootstrap's.\n"
        "- Most outcomes are the last price after a market went inactive (≥ 0.98 or ≤ 0.02): markets that stayed undecided are missing.\n"
        "- What it has learnt is that a price which moved strongly in 24 hours stands too high. It rests on some forty events.\n"
        "- Exploratory tables of residuals by feature were looked at over all rows, the last window included, before the features were chosen, and "
        "the last window was scored a few times while the blend was settled and was in view when the sum of its weights was chosen: it is nearly, not wholly, untouched.\n"
        "- Skill against the mid price is not profit: spread and fee come on top.",
    ]
    return "\n\n".join(parts) + "\n"
