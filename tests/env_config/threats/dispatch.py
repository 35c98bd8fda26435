"""Which kind of case is run by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from . import books, bootstrap, commands, network, places, processes, servers_said, stated
from .corpus import Case, Outcome, UnknownToTheRunner
from .world import World

Runner = Callable[[Case, World], Outcome]

PLAIN: dict[str, Runner] = {
    "access": bootstrap.judged_access,
    "ado": places.judged_text,
    "amqp": places.judged_text,
    "aws": places.judged_aws,
    "book": books.judged_book,
    "credential": places.judged_credential,
    "data": network.restored,
    "dns": places.judged_dns,
    "dsn": places.judged_text,
    "env": bootstrap.judged_env,
    "export": commands.judged_export,
    "file": bootstrap.judged_file,
    "host": places.judged_host,
    "http": network.requested,
    "jdbc": places.judged_text,
    "k8s": places.judged_cluster,
    "login": stated.judged_login,
    "mongodb": places.judged_text,
    "override": bootstrap.judged_override,
    "platform": bootstrap.judged_platform,
    "process": processes.ran,
    "stamp": stated.judged_stamp,
    "url": places.judged_text,
}
OTHER_NAMES = {
    "attestation": "platform",
    "cli": "export",
    "command": "export",
    "grant": "override",
    "kubernetes": "k8s",
    "proxy": "http",
    "resource": "aws",
    "s3": "aws",
    "scan": "file",
    "subprocess": "process",
    "test": "process",
}
SERVED = ("db_state", "tls", "tunnel")
REFERRED = ("kafka", "mongo", "redis")
PLATFORM_KINDS = ("access", "env", "platform")
RUNNING = ("data", "http", "process")
"""Kinds whose cases start processes."""


def known(case: Case) -> str:
    """The kind of a case under the name that it has here, once nothing in the case would go unread.

    Raises:
        UnknownToTheRunner: nothing here knows the kind, or reads what is given beside the input.
    """
    kind = OTHER_NAMES.get(case.kind, case.kind)
    if kind not in (*PLAIN, *SERVED, *REFERRED):
        raise UnknownToTheRunner(f"{case.id}: unknown kind {case.kind!r}; known: {', '.join(sorted(PLAIN))}")
    if case.given.get("platform") and kind not in PLATFORM_KINDS:
        raise UnknownToTheRunner(f"{case.id}: a platform means nothing to {kind}")
    return kind


def is_stated(case: Case) -> bool:
    """What a server says is written in the case, so that no server is needed."""
    return case.kind == "db_state" and isinstance(case.input, Mapping) and not servers_said.LIVE & set(case.input)


def needs_nothing(case: Case) -> bool:
    """The case runs in this process, without servers and other processes."""
    kind = known(case)
    if is_stated(case):
        return True
    if kind in (*SERVED, *RUNNING) or (kind == "dsn" and _on_a_server(case)) or (kind == "url" and _followed(case)):
        return False
    if kind == "export":
        return isinstance(case.input, Mapping) and not {"command", "argv"} & set(case.input)
    return kind not in REFERRED or isinstance(case.input, str)


def _on_a_server(case: Case) -> bool:
    return case.layer in ("connect", "post_connect", "server")


def _followed(case: Case) -> bool:
    """A URL with what happens to it on its way."""
    return isinstance(case.input, Mapping) and bool(network.ON_THE_WAY & set(case.input))


def run(case: Case, world: World, request: pytest.FixtureRequest, folder: Path) -> Outcome:
    """Run one case.

    Raises:
        UnknownToTheRunner: nothing here knows the kind, or a field.
    """
    kind = known(case)
    if is_stated(case):
        return stated.judged_facts(case, world)
    if kind in SERVED or (kind == "dsn" and _on_a_server(case)):
        return servers_said.dispatch(case, world, request.getfixturevalue("production"), folder)
    if kind in REFERRED:
        return places.judged_text(case, world) if isinstance(case.input, str) else network.referred(case, world)
    if kind == "url" and _followed(case):
        return network.requested(case, world)
    return PLAIN[kind](case, world)
