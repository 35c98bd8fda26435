"""Memory and parallel speed, each seen from outside as a whole process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from .measure import Measure, middle_ratio

_REPEATS = 3
_RESIDENTS = 1_000_000


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from seeds.cli import main; main()", *arguments]


def _peak_bytes(residents: int) -> int:
    """Peak resident memory of one process that generates the whole borough."""
    process = subprocess.Popen(
        _command("digest", "borough", "--residents", str(residents), "--json"), stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"generation ended with {process.returncode}")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def memory() -> Measure:
    """Ten times the residents, the same memory."""
    small, large = _peak_bytes(100_000), _peak_bytes(1_000_000)
    detail = f"{small / 2**20:.0f} MiB, then {large / 2**20:.0f} MiB"
    return Measure("peak memory, 1,000,000 to 100,000 residents", large / small, 1.25, "×", False, detail)


def _export_seconds(workers: int) -> float:
    with tempfile.TemporaryDirectory(prefix="us-bench-") as folder:
        started = time.perf_counter()
        subprocess.run(
            _command("generate", "borough", "--residents", str(_RESIDENTS), "--out", folder, "--workers", str(workers)),
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return time.perf_counter() - started


def two_processes() -> Measure:
    """Generating to Parquet in two processes against one."""
    pairs = []
    for _ in range(_REPEATS):
        one, two = _export_seconds(1), _export_seconds(2)
        pairs.append((one, two))
    detail = ", ".join(f"{one:.1f} s to {two:.1f} s" for one, two in pairs)
    return Measure("two processes against one, to Parquet", middle_ratio(pairs), 1.7, "×", detail=detail)


def measures() -> list[Measure]:
    """Memory and parallel speed."""
    return [memory(), two_processes()]
