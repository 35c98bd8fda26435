"""Text that matches a regular expression, drawn or each at most once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from .conditions import Wanted
from .definition import Rows, generator, parameter
from .languages import Texts, drawable, unrankable
from .literals import TEXTS


@dataclass(frozen=True, slots=True)
class Regex:
    pattern: str = parameter("text", "a regular expression in Python's syntax, which is searched for")
    ignore_case: bool = parameter("flag", "whether letters match in either case", default=False)
    min_size: int = parameter("integer", "fewest characters", default=0, minimum=0, maximum=10_000)
    max_size: int = parameter("integer", "most characters; 0 is no limit", default=0, minimum=0)
    exclude: Any = parameter("list", "regular expressions that must not be found", default=())
    form: str = parameter(
        "text", "a normal form of the text", default="", choices=("", "lower", "upper", "trimmed", "not_blank")
    )

    @property
    def wanted(self) -> Wanted:
        """What is asked for, as the key under which it is prepared."""
        exclude = tuple(map(str, self.exclude))
        return Wanted(self.pattern, self.ignore_case, self.min_size, self.max_size, exclude, self.form)

    def __post_init__(self) -> None:
        self.prepare(drawable)

    def prepare(self, make: Callable[[Wanted], Texts]) -> None:
        """Make the language at once, so that what cannot be fulfilled is refused before there are rows.

        Raises:
            ValueError: if the pattern cannot be read, or no text is found.
        """
        if self.max_size and self.max_size < self.min_size:
            raise ValueError(f"max_size {self.max_size} is below min_size {self.min_size}")
        make(self.wanted)


@dataclass(frozen=True, slots=True)
class UniqueRegex(Regex):
    def __post_init__(self) -> None:
        self.prepare(unrankable)

    @property
    def size(self) -> int:
        """How many texts there are to give."""
        return unrankable(self.wanted).size


@generator(
    "regex",
    output=TEXTS,
    parameters=Regex,
    default="pattern",
    examples=({"pattern": "^[A-Z]{2}[0-9]{3,5}(-[a-z]+)?$"}, {"pattern": "^(?=.*[0-9]).{8,}$", "exclude": ["0"]}),
)
def regex(rows: Rows, parameters: Regex) -> pa.Array:
    """Text in which a regular expression finds a match."""
    return drawable(parameters.wanted).draw(rows.bits, rows.count)


@generator(
    "unique_regex",
    output=TEXTS,
    parameters=UniqueRegex,
    default="pattern",
    capacity=lambda parameters: parameters.size,
    examples=({"pattern": "^[A-Z]{2}[0-9]{3,5}(-[a-z]+)?$"},),
)
def unique_regex(rows: Rows, parameters: UniqueRegex) -> pa.Array:
    """Text in which a regular expression finds a match, each at most once."""
    language = unrankable(parameters.wanted)
    return language.numbered(rows.unique_index(language.size).view(np.int64), rows.bits)
