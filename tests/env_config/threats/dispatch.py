"""Which kind of case is run by what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from . import bootstrap, network, places, processes, servers_said
from .corpus import Case, Outcome, UnknownToTheRunner
from .world import World

PLAIN: dict[str, Callable[[Case, World], Outcome]] = {
    "ado": places.judged_text,
    "amqp": places.judged_text,
    "aws": places.judged_aws,
    "book": bootstrap.judged_book,
    "credential": places.judged_credential,
    "data": network.restored,
    "dns": places.judged_dns,
    "env": bootstrap.judged_env,
    "export": bootstrap.judged_export,
    "file": bootstrap.judged_file,
    "host": places.judged_host,
    "http": network.requested,
    "jdbc": places.judged_text,
    "k8s": places.judged_text,
    "mongodb": places.judged_text,
    "override": bootstrap.judged_override,
    "platform": bootstrap.judged_platform,
    "process": processes.ran,
    "url": places.judged_text,
}
SERVED = ("db_state", "tls", "tunnel")
REFERRED = ("kafka", "mongo", "redis")


def run(case: Case, world: World, request: pytest.FixtureRequest, folder: Path) -> Outcome:
    """Run one case.

    Raises:
        UnknownToTheRunner: nothing here knows the kind, or a field.
    """
    if case.kind in SERVED or (case.kind == "dsn" and case.layer in ("connect", "post_connect", "server")):
        return servers_said.dispatch(case, world, request.getfixturevalue("production"), folder)
    if case.kind in REFERRED:
        return places.judged_text(case, world) if isinstance(case.input, str) else network.referred(case, world)
    if case.kind == "dsn":
        return places.judged_text(case, world)
    if case.kind in ("url", "http") and not isinstance(case.input, str):
        return network.requested(case, world)
    if case.kind not in PLAIN:
        raise UnknownToTheRunner(f"{case.id}: unknown kind {case.kind!r}; known: {', '.join(sorted(PLAIN))}")
    return PLAIN[case.kind](case, world)
