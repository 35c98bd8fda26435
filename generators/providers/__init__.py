"""Generators by domain; importing this package registers them all."""

from . import core
from .definition import REGISTRY, Bound, Definition, Promise, Rows, bind, find, generator, parameter, read_generator

__all__ = [
    "REGISTRY",
    "Bound",
    "Definition",
    "Promise",
    "Rows",
    "bind",
    "core",
    "find",
    "generator",
    "parameter",
    "read_generator",
]
