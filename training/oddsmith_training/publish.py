"""Puts a model directory in place as a whole: whoever looks sees the old one or the new one, never half of one."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from .rows import Refused

MANIFEST = "manifest.json"


def check_place(out: Path) -> None:
    """Refuses to replace something that is no model directory."""
    if out.exists() and not out.is_dir():
        raise Refused(f"{out} is a file, not a directory for a model")
    if out.is_dir() and any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise Refused(f"{out} holds something else than a model: name another directory or empty it")


def publish(out: Path, files: dict[str, bytes]) -> None:
    """Writes the files beside `out` under a temporary name, then renames. A failure leaves what was there."""
    check_place(out)
    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        fresh.chmod(0o755)
        for name, content in files.items():
            with (fresh / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        replace(fresh, out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def replace(fresh: Path, out: Path) -> None:
    """Renames; a directory that is there steps aside first and comes back if that fails."""
    if not out.exists():
        fresh.rename(out)
        return
    aside = fresh.with_name(fresh.name + "-old")
    out.rename(aside)
    try:
        fresh.rename(out)
    except OSError:
        aside.rename(out)
        raise
    shutil.rmtree(aside, ignore_errors=True)
