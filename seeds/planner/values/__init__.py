"""What one column may hold, turned into a generator of the engine that makes nothing else. Pure: no database is asked."""

from .errors import Unrealisable
from .fitness import judge
from .lines import Line, line_of
from .model import Realised, Uniqueness
from .realisation import realise
from .sums import bounded_terms
from .types import engine_type
from .worlds import order_columns, propagate

__all__ = [
    "Line",
    "Realised",
    "Uniqueness",
    "Unrealisable",
    "bounded_terms",
    "engine_type",
    "judge",
    "line_of",
    "order_columns",
    "propagate",
    "realise",
]
