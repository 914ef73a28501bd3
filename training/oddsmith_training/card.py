"""`MODEL_CARD.md`: what the model is, what it was fitted on, how good it is, what it does not know."""

from __future__ import annotations

from datetime import UTC, datetime

from .learners import FALLING, USED
from .rows import SETTLING
from .score import FOUR_IN_FIVE, events_needed

PLOT = "calibration.svg"
SOURCES = {
    "airdropperxx": "github.com/Airdropperxx/polymarket-engine, `data/market_snapshot.json.gz`",
    "fated": "github.com/ochaff/FATED_polymarket, `data/prices.parquet` and `market_summary.parquet`",
    "forecastbench_daily": "github.com/forecastingresearch/forecastbench-datasets (CC BY-SA 4.0), Polymarket questions",
}
ALWAYS_WEAK = """\
- Volume at decision time is not in recorded data, so `log_volume` was constant in training and no tree uses it.
- The structure was searched on the development windows of the recordings named in `training/EXPERIMENTS.md`.
- Skill against the mid price is not profit: spread and fee come on top."""
# Of the recordings in `SOURCES`.
RECORDINGS_WEAK = """\
- Nearly all rows are from three weeks of spring 2026; other seasons may differ. Markets of those weeks share causes (one war,
  one crypto market), so the true interval is wider than the bootstrap's.
- Most outcomes are the last price after a market went inactive (≥ 0.98 or ≤ 0.02): markets that stayed undecided are missing.
- Yes came true more often than any price said in those weeks: the market's own calibration error is mostly that.
- What it corrects follows the price itself most; strongly moved prices (volatility over 0.4) gain most, on some thirty events.
- The last window had been scored many times while earlier versions were built, and twice with this structure (before and
  after the extra trees were made bolder): it is not untouched."""


# What a verdict is worth on rows the structure was chosen on.
SEARCHED = {"proven": "better here", "not proven": "not proven", "worse": "worse"}


def day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def percent(value: float) -> str:
    return f"{100 * value:+.2f} %"


def between(ends: list[float], digits: int = 2) -> str:
    return f"[{100 * ends[0]:+.{digits}f}, {100 * ends[1]:+.{digits}f}]"


def line(name: str, f: dict, searched: bool) -> str:
    difference = f["ece_model"] - f["ece_market"]
    verdict = SEARCHED[f["verdict"]] if searched else f["verdict"]
    return (
        f"| {name} | {f['n']:,} | {f['events']} | {f['brier_model']:.4f} | {f['brier_market']:.4f} | {percent(f['skill'])} "
        f"{between(f['skill_ci95'])} | {f['log_loss_model']:.4f} / {f['log_loss_market']:.4f} | "
        f"{f['ece_model']:.4f} / {f['ece_market']:.4f} | {100 * difference:+.2f} {between(f['ece_difference_ci95'])} | {verdict} |"
    )


HEAD = (
    "| forecast | rows | events | Brier | Brier market | skill, % [95 %] | log loss ours / market | ECE ours / market | "
    "ECE difference × 100 [95 %] | verdict |\n|---|---|---|---|---|---|---|---|---|---|"
)


def table(part: dict, searched: bool = False) -> str:
    """`searched`: the structure was chosen on these rows, so that nothing is called proven."""
    return "\n".join([HEAD, *(line(name, f, searched) for name, f in part.items())])


def brief(part: dict) -> dict:
    """Without the single learners."""
    return {name: part[name] for name in ("posterior", "raw", "recalibrated market")}


def opening(last: dict, together: dict) -> str:
    """The one sentence, the other windows, and what it would take to prove it."""
    low, high = (percent(end) for end in last["skill_ci95"])
    said = (
        f"**In one sentence:** on the last window, on the markets the bot bets on, what it says has a skill of "
        f"{percent(last['skill'])} against the market price [{low}, {high}]: **{last['verdict']}**."
    )
    low, high = (percent(end) for end in together["skill_ci95"])
    hope = (
        f"Over all windows it is {percent(together['skill'])} [{low}, {high}], but the structure was chosen on most of them, "
        "which proves nothing."
    )
    needed = events_needed(together["skill"], last["skill_ci95"], last["events"], FOUR_IN_FIVE)
    if last["verdict"] == "proven" or needed is None:
        return f"{said} {hope}"
    return (
        f"{said} {hope} Were that skill real, about {needed:,} events that nobody has looked at would show it in four cases of "
        f"five (the last window has {last['events']:,}), more if they share causes."
    )


def data(manifest: dict, sources: dict[str, int]) -> str:
    training = manifest["training"]
    origin = "\n".join(f"- {SOURCES.get(name, name)}: {count:,} rows" for name, count in sorted(sources.items()))
    return (
        f"{training['rows']:,} rows of {training['markets']:,} markets in {training['events']:,} events, as of "
        f"{training['from'][:10]} to {training['to'][:10]}, outcomes known by {training['outcomes_known_before'][:10]}; rows are made "
        "by `oddsmith features` (one at most every four hours of the clock, prices between 0.03 and 0.97, before the published "
        "end). Outcomes inferred from a last price are not used. Rows weigh 1 / rows of their market, own resolved bets three "
        f"times that.\n\n{origin}"
    )


def shape(weights: dict[str, tuple[float, float]]) -> str:
    say = ", ".join(f"{name} {factor:.2f} × {weight:.2f}" for name, (factor, weight) in weights.items())
    return (
        f"Calibration factor × weight of each learner's correction: {say}. No factor exceeds 1 and the weights sum to 1: the "
        "forecast always lies within the range of its learners. Sports markets get the market price. The learners see "
        f"{', '.join(USED)}; a forecast may only fall as {' and '.join(FALLING)} rises."
    )


def card(
    manifest: dict, figures: dict[str, dict], weights: dict[str, tuple[float, float]], sources: dict[str, int]
) -> str:
    """The text of the card."""
    development, last, together = (figures[name] for name in ("development", "last", "together"))
    begin, change, end = (day(at) for at in (together["windows"][0], last["windows"][0], last["windows"][-1]))
    parts = [
        f"# Model {manifest['version']}",
        "Paper trading and research only. Five tree learners (XGBoost, LightGBM, HistGradientBoosting, ExtraTrees, RandomForest), "
        "each a correction of the market price, averaged in the log odds; one ONNX graph, run by tract.",
        opening(*(part["without sports"]["posterior"] for part in (last, together))),
        f"![Calibration: what was said against what happened]({PLOT})",
        "## Data",
        data(manifest, sources),
        "## Out of sample",
        "Purged walk-forward: each window is predicted by learners, factors and weights fitted on rows whose outcome was known "
        f"before the window began (published end + {SETTLING / 3600:.0f} hours), without any row of an event that is tested. "
        "`posterior` is what the bot says (anchored to the market with LR_DAMPING 0.5), `raw` the ensemble before anchoring. "
        "Intervals: 2,000 bootstrap draws of whole events. ECE: ten bins of equal width, as in `oddsmith score`; prices in whole "
        "cents lie on their edges, so that rounding alone moves it by a few ten-thousandths. Nothing is called proven or worse "
        "below 100 events.",
        f"### Last window, {change} to {end}, after the development windows",
        "Without sports (what the bot bets on):\n\n" + table(last["without sports"]),
        "All markets:\n\n" + table(last["all"]),
        f"### Development windows, {begin} to {change}",
        "Without sports:\n\n" + table(development["without sports"], searched=True),
        "All markets:\n\n" + table(development["all"], searched=True),
        "Posterior by horizon and kind:\n\n" + table(development["breakdown"], searched=True),
        f"### All windows together, {begin} to {end}",
        "Without sports:\n\n" + table(brief(together["without sports"]), searched=True),
        "All markets:\n\n" + table(brief(together["all"]), searched=True),
        "## Shape",
        shape(weights),
        "Importances, ablations and everything tried: `training/EXPERIMENTS.md`.",
        "## What it does not know",
        f"{RECORDINGS_WEAK}\n{ALWAYS_WEAK}" if SOURCES.keys() & sources.keys() else ALWAYS_WEAK,
    ]
    return "\n\n".join(parts) + "\n"
