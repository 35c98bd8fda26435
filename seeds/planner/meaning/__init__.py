"""What columns mean: a generator for each that its name, type, comment and table give away, and how personal it is."""

from .choosing import enumerated, meaning_of
from .editors import editor_column
from .enumerated import enumeration
from .model import Category, Meaning
from .moments import lies_behind
from .subjects import subjects_of

__all__ = [
    "Category",
    "Meaning",
    "editor_column",
    "enumerated",
    "enumeration",
    "lies_behind",
    "meaning_of",
    "subjects_of",
]
