"""CHECK constraints and domains of a table, compiled into worlds that rows can be generated in.

| step | module |
|---|---|
| SQL text becomes a tree, in which simple functions and generated columns are spelled out | `reading`, `functions`, `predicates` |
| the tree becomes claims on columns, without negation and null | `truth`, `alternatives`, `counting`, `nulls`, `rules` |
| claims that share columns are solved together, into alternatives | `components`, `solving`, `ties` |
"""

from __future__ import annotations

from .compiling import REFERENCE, compile_checks
from .explaining import explain
from .satisfaction import satisfies

__all__ = ["REFERENCE", "compile_checks", "explain", "satisfies"]
