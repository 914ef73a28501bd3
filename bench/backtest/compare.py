"""Prints the table of bench/README.md: price events per processor second, ours and others', in one run."""

import json
import os
import subprocess
import sys
from pathlib import Path

from engines import ENGINES
from job import Job

HOURS = 336


def ours(program: str, folder: Path, markets: int, hours: int, model: str | None) -> dict:
    command = [program, str(folder), str(markets), str(hours)] + ([model] if model else [])
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    program, cache, model = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    load = os.getloadavg()[0]
    small = ours(program, cache / "job-small", 2_000, HOURS, model)
    rate = small["memory_events_per_cpu_s"]
    print(f"load average {load:.1f}; {os.cpu_count()} processors\n")
    print("| engine | events | entries | CPU s | events per CPU s | ours against it |")
    print("|---|---|---|---|---|---|")
    print(
        f"| oddsmith, three strategies, model's word given | {small['events']:,} | {small['bets']:,} "
        f"| {small['memory_cpu_s']:.4f} | {rate / 1e6:.1f} M | |"
    )
    job = Job.read(cache / "job-small", HOURS)
    for name, run in ENGINES.items():
        try:
            took, points, entries = run(job)
        except ImportError as error:
            print(f"| {name} | not installed: {error} | | | | |")
            continue
        other = points / took
        print(f"| {name}, one rule | {points:,} | {entries:,} | {took:.3f} | {other / 1e6:.3f} M | {rate / other:,.0f} × |")
    with_model = small["with_model"]
    print(
        f"\nWith features and the shipped model ({with_model['forecasts']:,} forecasts): "
        f"{with_model['events_per_s'] / 1e3:,.0f} k events per second; "
        f"features {with_model['features_s']:.2f} s, model {with_model['model_s']:.2f} s of {with_model['run_s']:.2f} s."
    )
    large = ours(program, cache / "job-large", 2_000, HOURS * 50, None)
    print(
        f"\n{large['events']:,} prices from disk: {large['disk_s']:.1f} s on the wall "
        f"(reading and sorting {large['disk_read_s']:.1f}, run {large['disk_run_s']:.1f}), "
        f"{large['memory_events_per_cpu_s'] / 1e6:.1f} M events per CPU s of the run; "
        f"at most {large['peak_mb']:,.0f} MiB with the sorted copy it is compared from; {large['bets']:,} bets."
    )


main()
