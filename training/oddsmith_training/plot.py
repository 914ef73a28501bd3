"""The calibration plot of the card, as SVG: what was said against what happened."""

from __future__ import annotations

SIDE, GAP, TOP = 260, 70, 54
OURS, MARKET, GRID, INK = "#1f6feb", "#d4791b", "#d8dee4", "#24292f"
LARGEST = 13.0
Bins = list[tuple[float, float, int]]


def text(
    x: float, y: float, words: str, anchor: str = "middle", size: int = 12, colour: str = INK, turned: bool = False
) -> str:
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}"{turn}>{words}</text>'
    )


def dots(bins: Bins, left: float, colour: str, filled: bool) -> list[str]:
    """A line through the bins and a circle for each, its area by its rows."""
    most = max(count for _, _, count in bins)
    at = [
        (left + said * SIDE, TOP + (1 - came) * SIDE, 2.5 + LARGEST * (count / most) ** 0.5)
        for said, came, count in bins
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in at)
    fill = f'fill="{colour}" fill-opacity="0.35"' if filled else 'fill="none"'
    circles = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" stroke="{colour}" stroke-width="1.5" {fill}/>' for x, y, r in at
    ]
    return [
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1" stroke-opacity="0.6"/>',
        *circles,
    ]


def panel(title: str, said: Bins, market: Bins, left: float) -> list[str]:
    """One square from 0 to 1 on both axes with the diagonal."""
    parts = [text(left + SIDE / 2, TOP - 12, title, size=13)]
    for step in range(0, 11, 2):
        x, y = left + SIDE * step / 10, TOP + SIDE * (10 - step) / 10
        parts += [
            f'<path d="M{x:.1f} {TOP}V{TOP + SIDE}M{left:.1f} {y:.1f}H{left + SIDE:.1f}" stroke="{GRID}" stroke-width="1"/>',
            text(x, TOP + SIDE + 17, f"{step / 10:.1f}"),
            text(left - 8, y + 4, f"{step / 10:.1f}", anchor="end"),
        ]
    parts.append(f'<path d="M{left:.1f} {TOP + SIDE}L{left + SIDE:.1f} {TOP}" stroke="{INK}" stroke-dasharray="4 4"/>')
    parts += dots(market, left, MARKET, filled=False) + dots(said, left, OURS, filled=True)
    parts.append(text(left + SIDE / 2, TOP + SIDE + 38, "said P(Yes)"))
    parts.append(text(left - 42, TOP + SIDE / 2, "came true", turned=True))
    return parts


def calibration_plot(panels: list[tuple[str, dict[str, Bins]]]) -> str:
    """An SVG with one square for each (title, {"said": bins, "market": bins})."""
    width, height = GAP + len(panels) * (SIDE + GAP), TOP + SIDE + 78
    parts = [f'<rect width="{width}" height="{height}" fill="#ffffff"/>']
    for k, (title, bins) in enumerate(panels):
        parts += panel(title, bins["said"], bins["market"], GAP + k * (SIDE + GAP))
    y = height - 16
    for x, colour, words in ((GAP, OURS, "what the bot says"), (GAP + 150, MARKET, "market price")):
        parts += [
            f'<circle cx="{x}" cy="{y - 4}" r="5" fill="none" stroke="{colour}" stroke-width="2"/>',
            text(x + 12, y, words, "start"),
        ]
    parts.append(text(GAP + 260, y, "area of a circle: rows", "start"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="sans-serif">'
    return "\n".join([head, "<title>Calibration of the forecasts</title>", *parts, "</svg>"]) + "\n"
