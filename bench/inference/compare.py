"""The same model and rows through tract with our operator, onnxruntime, the native libraries and a sidecar over HTTP.

`python compare.py CACHE BINARY`: CACHE keeps the trial-size model between runs, BINARY is the example `time_model`.
"""

from __future__ import annotations

import http.client
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import trial
from oddsmith_training.constants import FEATURES
from sidecar import native_model, onnxruntime_model

BATCHES = [1, 32, 500, 5_000]
SHIPPED = Path(__file__).parents[2] / "models"
# A figure is measured for so long on the wall, and for so many calls at least.
WALL_S, FEWEST = 3.0, 4
TICK = os.sysconf("SC_CLK_TCK")
# Runtimes may differ by rounding only.
PARITY = 1e-5

# Processor ms and best wall ms of one call, by batch.
Figures = dict[int, tuple[float, float]]


def measure(call: Callable[[], object], cpu: Callable[[], float]) -> tuple[float, float]:
    call()
    best, calls, begin, cpu_begin = np.inf, 0, time.perf_counter(), cpu()
    while calls < FEWEST or time.perf_counter() - begin < WALL_S:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
        calls += 1
    return (cpu() - cpu_begin) / calls * 1e3, best * 1e3


def process_cpu(pid: int) -> float:
    """Seconds of processor time of a process and its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def in_process(model: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> Figures:
    return {batch: measure(lambda batch=batch: model(x[:batch]), time.process_time) for batch in BATCHES}


def tract(binary: str, directory: Path, rows: Path, processors: str) -> tuple[Figures, dict, np.ndarray]:
    """Our operator, in a process of its own that may use the given processors."""
    run = subprocess.run(
        ["taskset", "-c", processors, binary, directory, rows, *map(str, BATCHES)],
        check=True, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    said = json.loads(run.stdout)
    figures = {item["rows"]: (item["cpu_ms"], item["best_ms"]) for item in said["batches"]}
    return figures, said, np.array(said["probabilities"])


@contextmanager
def sidecar(directory: Path, kind: str) -> Iterator[tuple[http.client.HTTPConnection, int]]:
    """A running sidecar: a kept-alive connection and the process's id."""
    script = Path(__file__).with_name("sidecar.py")
    process = subprocess.Popen([sys.executable, script, directory, kind], stdout=subprocess.PIPE, text=True)
    try:
        port = int(process.stdout.readline())
        yield http.client.HTTPConnection("127.0.0.1", port, timeout=120), process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def over_http(directory: Path, kind: str, x: np.ndarray) -> tuple[Figures, np.ndarray]:
    """Processor time is the service's and this client's together: reading and writing JSON is part of asking."""
    plain = [[None if np.isnan(value) else value for value in row] for row in x.tolist()]
    with sidecar(directory, kind) as (connection, pid):

        def ask(rows: list) -> list[float]:
            connection.request("POST", "/forecast", json.dumps(rows), {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())

        def cpu() -> float:
            return process_cpu(pid) + time.process_time()

        figures = {batch: measure(lambda batch=batch: ask(plain[:batch]), cpu) for batch in BATCHES}
        return figures, np.array(ask(plain))


def table(title: str, figures: dict[str, Figures], which: int) -> str:
    """Milliseconds by runtime and batch, each with its ratio to the first line."""
    first = next(iter(figures.values()))
    lines = [f"| {title} | " + " | ".join(f"{batch:,}" for batch in BATCHES) + " |", "|---" * (len(BATCHES) + 1) + "|"]
    for name, own in figures.items():
        cells = [f"{own[batch][which]:.3g} ({own[batch][which] / first[batch][which]:.1f}×)" for batch in BATCHES]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def compare(name: str, directory: Path, rows: Path, binary: str, native: bool) -> float:
    """Measures one model, prints its tables; returns the largest difference of a probability between the runtimes."""
    x = np.fromfile(rows, dtype="<f4").reshape(-1, len(FEATURES))
    figures, answers = {}, {}
    figures["tract, our operator, one thread"], said, answers["tract"] = tract(binary, directory, rows, "0")
    threads = os.cpu_count() or 1
    figures[f"tract, our operator, {threads} threads"], _, answers["threads"] = tract(binary, directory, rows, f"0-{threads - 1}")
    model = onnxruntime_model(directory)
    figures["onnxruntime, one thread"], answers["onnxruntime"] = in_process(model, x), model(x)
    if native:
        model = native_model(directory)
        figures["native libraries, one thread"], answers["native"] = in_process(model, x), model(x)
    for kind in ["native", "onnxruntime"] if native else ["onnxruntime"]:
        figures[f"sidecar over HTTP, {kind}"], answers[f"sidecar {kind}"] = over_http(directory, kind, x)
    if (answers["tract"] != answers["threads"]).any():
        raise SystemExit("the number of threads changed a forecast")
    apart = max(float(np.abs(answer - answers["tract"]).max()) for answer in answers.values())
    print(f"## {name}\n")
    print(table("processor ms per call", figures, 0))
    print(table("best wall ms per call", figures, 1))
    print(
        f"load with all checks {said['load_best_ms']:.0f} ms (best of {said['loads']}; processor {said['load_cpu_ms']:.0f} ms), "
        f"resident memory of the model {said['model_mb']:.1f} MB (highest while loading {said['peak_mb']:.0f} MB); "
        f"largest difference between runtimes on {len(x):,} rows {apart:.1e}\n"
    )
    return apart


def main(cache: Path, binary: str) -> None:
    if not (cache / "ensemble.onnx").exists():
        trial.write(cache)
    cores, load = os.cpu_count(), os.getloadavg()[0]
    print(f"{platform.machine()}, {cores} processors, load average {load:.1f} at the start\n", flush=True)
    rows = cache / "rows.f32"
    apart = max(
        compare("Trial size", cache, rows, binary, native=True), compare("Shipped", SHIPPED, rows, binary, native=False)
    )
    print(f"load average {os.getloadavg()[0]:.1f} at the end")
    if apart > PARITY:
        raise SystemExit(f"the runtimes differ by {apart}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
