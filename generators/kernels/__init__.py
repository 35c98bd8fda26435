"""Vectorised building blocks: each is a pure function over arrays, property-tested on its own."""

from .alias import AliasTable
from .bounded import bounded, bounded_between
from .calendar import add_months, civil_from_days, days_from_civil, year_of
from .grid import grid_place
from .jump import jump_hash
from .permutation import Permutation
from .segments import child_ordinals, child_parents, fill_sizes, rank_in_segment, starts_of
from .text import digits_of, fixed_width_strings, literal_bytes

__all__ = [
    "AliasTable",
    "Permutation",
    "add_months",
    "bounded",
    "bounded_between",
    "child_ordinals",
    "child_parents",
    "civil_from_days",
    "days_from_civil",
    "digits_of",
    "fill_sizes",
    "fixed_width_strings",
    "grid_place",
    "jump_hash",
    "literal_bytes",
    "rank_in_segment",
    "starts_of",
    "year_of",
]
