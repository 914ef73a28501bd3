"""Prints the table of bench/README.md: price events per processor second, ours and others', in one run. Fails when plain
Python, given the same three strategies, does not come to the same bets and money."""

import json
import os
import platform
import statistics
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from engines import ENGINES
from job import Job
from strategies import three_strategies

HOURS = 336
# Dollars: half of the smallest amount there is.
SAME = 5e-7


def ours(program: str, folder: Path, markets: int, hours: int, model: str | None) -> dict:
    command = [program, str(folder), str(markets), str(hours)] + ([model] if model else [])
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def row(name: str, points: int, entries: int, took: list[float], best: float) -> None:
    """Rates and ratios are of medians; the least and the most show how quiet the machine was."""
    own = points / statistics.median(took)
    against = "" if best == own else f"{best / own:,.2g} ×" if best / own < 10 else f"{best / own:,.0f} ×"
    spread = f"{statistics.median(took):.4g} | {min(took):.4g} to {max(took):.4g}, n = {len(took)}"
    print(f"| {name} | {points:,} | {entries:,} | {spread} | {own / 1e6:,.3f} M | {against} |", flush=True)


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{named[0] if named else platform.processor()}, {os.cpu_count()} processors"


def installed(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"


def main() -> None:
    program, cache, model = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    packages = ("numpy", "vectorbt", "backtesting", "nautilus_trader")
    print(f"{machine()}; load average {os.getloadavg()[0]:.1f}; Python {platform.python_version()}, ", end="")
    print(", ".join(map(installed, packages)) + "\n")
    job_small = cache / "job-small"
    # Before and after the others: the machine is not the same all the time.
    small = ours(program, job_small, 2_000, HOURS, model)
    job = Job.read(job_small, HOURS)
    own = [three_strategies(job) for _ in range(3)]
    others: list[tuple[str, list | ImportError]] = []
    for name, (run, repeats) in ENGINES.items():
        try:
            others.append((name, [run(job) for _ in range(repeats)]))
        except ImportError as error:
            others.append((name, error))
    after = ours(program, job_small, 2_000, HOURS, None)
    cpu, silent = small["cpu_s"] + after["cpu_s"], small["silent_cpu_s"] + after["silent_cpu_s"]
    events, bets = small["events"], small["bets"]
    best = events / statistics.median(cpu)
    print("| engine | prices | entries | CPU s, median | least to most | prices per CPU s | ours against it |")
    print("|---|---|---|---|---|---|---|")
    row("oddsmith, three strategies", events, bets, cpu, best)
    row("oddsmith, nothing forecast", events, 0, silent, best)
    _, points, entries, cash = own[0]
    row("plain Python, the same three strategies", points, entries, [run[0] for run in own], best)
    for name, runs in others:
        if isinstance(runs, ImportError):
            print(f"| {name} | not installed: {runs} | | | | | |")
        else:
            row(f"{name}, one rule", runs[0][1], runs[0][2], [took for took, _, _ in runs], best)
    same = entries == bets and all(abs(a - b) < SAME for a, b in zip(cash, small["equity"], strict=True))
    print(f"\nPlain Python comes to {entries} bets and {cash}: {'the same' if same else 'NOT THE SAME'} as the program.")
    with_model = small["with_model"]
    print(
        f"With features and the shipped model ({with_model['forecasts']:,} forecasts): "
        f"{with_model['events_per_s'] / 1e3:,.0f} k prices a second; "
        f"features {with_model['features_s']:.2f} s, model {with_model['model_s']:.2f} s of {with_model['run_s']:.2f} s."
    )
    large = ours(program, cache / "job-large", 2_000, HOURS * 50, None)
    print(
        f"{large['events']:,} prices from disk, load average {os.getloadavg()[0]:.1f}: {large['disk_s']:.1f} s on the wall "
        f"(reading and sorting {large['disk_read_s']:.1f}, run {large['disk_run_s']:.1f}), "
        f"{large['disk_cpu_s']:.1f} s of the processors; at most {large['peak_mb']:,.0f} MiB; {large['bets']:,} bets."
    )
    if not same:
        sys.exit(1)


main()
