"""Progress on stderr: a bar on a terminal, silence elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..loader import Progress as Done

console = Console(stderr=True)


@contextmanager
def progress_bar(title: str, *, quiet: bool) -> Iterator[Callable[[Done], None]]:
    """A function that moves a bar on."""
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rows]:,} rows"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(title, total=None, rows=0)
        yield lambda done: bar.update(task, total=done.total, completed=done.done, rows=done.rows)
