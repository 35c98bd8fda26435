"""The author's side of the address book: from YAML under version control to one compiled book for each environment.

Needs PyYAML (the extra ``compile``); nothing here is needed where a compiled book is used.
"""

from __future__ import annotations

from .closure import Resolution, system_resolve
from .compile import Checked, check_source, compile_book
from .problems import BookProblem, SourceLeadsAway, SourceRefused
from .source import Source, load_source, parse_source

__all__ = [
    "BookProblem",
    "Checked",
    "Resolution",
    "Source",
    "SourceLeadsAway",
    "SourceRefused",
    "check_source",
    "compile_book",
    "load_source",
    "parse_source",
    "system_resolve",
]
