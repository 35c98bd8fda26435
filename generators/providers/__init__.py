"""Generators by domain; importing this package registers them all."""

from . import core, family, identifiers, people, places, pools, relational, textual
from .definition import REGISTRY, Bound, Definition, Promise, Rows, bind, find, generator, parameter, read_generator
from .description import describe

__all__ = [
    "REGISTRY",
    "Bound",
    "Definition",
    "Promise",
    "Rows",
    "bind",
    "core",
    "describe",
    "family",
    "find",
    "generator",
    "identifiers",
    "parameter",
    "people",
    "places",
    "pools",
    "read_generator",
    "relational",
    "textual",
]
