"""A measure, and how measures are shown and kept."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Measure:
    """A ratio with its target; ``at_least`` says on which side of the target it should be."""

    name: str
    measured: float
    target: float
    unit: str
    at_least: bool = True
    detail: str = ""

    @property
    def holds(self) -> bool:
        """True if the target is met."""
        return self.measured >= self.target if self.at_least else self.measured <= self.target


def machine() -> str:
    """The machine in a line: processor, cores, Python, system."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def middle_ratio(pairs: Sequence[tuple[float, float]]) -> float:
    """The median of pairwise ratios, so that a machine that drifts drifts for both sides."""
    return median(ours / theirs for ours, theirs in pairs)


def publish(measures: Sequence[Measure], path: Path) -> None:
    """A table on the terminal and a list in a JSON file."""
    shown = Table(title=machine())
    for heading in ("measure", "measured", "target", "unit", "holds", "detail"):
        shown.add_column(heading, justify="right" if heading in ("measured", "target") else "left")
    for item in measures:
        target = f"{'≥' if item.at_least else '≤'} {item.target:g}"
        shown.add_row(item.name, f"{item.measured:.2f}", target, item.unit, "yes" if item.holds else "NO", item.detail)
    Console(width=160).print(shown)
    path.parent.mkdir(parents=True, exist_ok=True)
    records = [asdict(item) | {"holds": item.holds, "machine": machine()} for item in measures]
    path.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
