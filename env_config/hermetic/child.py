"""A child of a hermetic run that begins anew (``spawn``, ``forkserver``): it is put under the run's policy before its work."""

from __future__ import annotations

import os
from dataclasses import dataclass

from .. import runtime
from ..attestation import Environment
from ..book.model import Book
from ..guards import guard
from .attempts import Attempts
from .fakes import ENVIRONMENT
from .lineage import Lineage
from .policy import HermeticPolicy
from .run import FoundOut


@dataclass(frozen=True, slots=True)
class Belongings:
    """What a child takes along.

    Attributes:
        book: of the environment ``test``, with plain mappings.
        mark: of the run's first process.
        opened: the ports that were declared as opened.
        granted: the places of the fakes that the test declares.
        notes: the file that the run reads attempts from.
        test: the test that starts the child.
    """

    book: Book
    mark: str
    opened: frozenset[int]
    granted: frozenset[tuple[str, int | None]]
    notes: str
    test: str


def arrive(belongings: Belongings) -> Belongings:
    """In the child: put the guards into force, or let the child fail.

    Raises:
        GuardInactive: a guard does not bite in the child.
    """
    lineage = Lineage(os.environ, mark=belongings.mark)
    lineage.opened.update(belongings.opened)
    attempts = Attempts(belongings.notes, owner=0)
    policy = HermeticPolicy(belongings.book, lineage, attempts)
    policy.resume(belongings.test, belongings.granted)
    guard.install(policy, environ={})
    runtime.replace_process(FoundOut.found_out(Environment(ENVIRONMENT, ENVIRONMENT), policy, environ=os.environ))
    return belongings
