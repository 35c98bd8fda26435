"""Rules for single operators; see :mod:`.dispatch` for how one is found."""

from __future__ import annotations

from .dispatch import claimed

__all__ = ["claimed"]
