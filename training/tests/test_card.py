"""The card says what the figures say, and its picture is a picture."""

import xml.etree.ElementTree as ET

import numpy as np

from conftest import make_rows
from oddsmith_training.card import opening, table
from oddsmith_training.plot import LARGEST, SIDE, TOP, calibration_plot
from oddsmith_training.score import reliability, summary


def test_the_card_says_what_the_figures_say():
    rows = make_rows(300, seed=3)
    close = np.clip(rows.price + 0.003 * (rows.outcome - 0.5), 0.01, 0.99)
    better = summary(close, rows.price, rows.outcome, rows.event)
    assert better["verdict"] == "proven"
    assert "| ours | 900 | 300 |" in table({"ours": better}) and table({"ours": better}).endswith("| proven |")
    assert table({"ours": better}, searched=True).endswith("| better here |")
    assert "**proven**" in opening(better, better) and "would show it" not in opening(better, better)
    last = {"skill": -0.001, "skill_ci95": [-0.01, 0.01], "events": 100, "verdict": "not proven"}
    assert "about 204 events that nobody has looked at" in opening(last, better | {"skill": 0.01})
    assert "events that nobody" not in opening(last, better | {"skill": -0.01})


def test_the_plot_puts_perfect_forecasts_on_the_diagonal():
    said = np.repeat([0.05, 0.55, 0.95], 20)
    bins = reliability(said, np.repeat([0.05, 0.55, 0.95], 20))
    root = ET.fromstring(
        calibration_plot([("a", {"said": bins, "market": bins}), ("b", {"said": bins, "market": bins})])
    )
    circles = [c for c in root.iter("{http://www.w3.org/2000/svg}circle") if float(c.get("r")) > 10]
    assert len(circles) == 12
    for circle in circles[:6]:
        left = float(circle.get("cx")) - (TOP + SIDE - float(circle.get("cy")))
        assert abs(left - (float(circles[0].get("cx")) - (TOP + SIDE - float(circles[0].get("cy"))))) < 0.2
    assert max(float(c.get("r")) for c in circles) <= LARGEST + 2.5
