"""Cases about what a server says, without a server: its facts, its words at a failed login, and who may stamp it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from env_config.book.model import IdentityPolicy, Service
from env_config.errors import Refusal
from env_config.guards import assertion
from env_config.guards.identity import ServerFacts, judge_identity
from env_config.guards.stamping import Stamping, judge_stamp

from .corpus import Case, Outcome, UnknownToTheRunner
from .places import from_refusal, outcome
from .world import World

MARKER = ("marker", "marker_row", "marker_table", "row")
SETTING = ("setting", "database_setting", "db_setting", "pg_db_role_setting")
OID = ("database_oid", "oid", "database_oid_matches")
FACT_FIELDS = {
    *MARKER,
    *SETTING,
    *OID,
    "system_identifier",
    "system_identifier_matches",
    "in_recovery",
    "replica",
    "host",
    "at_own_address",
    "copy",
    "configurations",
    "server_address",
    "server_port",
    "certificate",
    "identity",
}
DUMPS = ("dump", "pg_dump", "logical")
SAME = ("same", "matches", "true", "own", "stamped")
OTHER = ("other", "different", "differs", "changed", "mismatch", "new", "false", "no")
UNLISTED = "7000000000000000001"


def judged_facts(case: Case, world: World) -> Outcome:
    """What a server in that state says about itself, against the book."""
    given = case.fields(FACT_FIELDS)
    service = None
    if "identity" in given:
        service = Service("social-care-db", "postgresql", identity=IdentityPolicy(**given["identity"]))
    return outcome(judge_identity(facts_of(given, case, world), world.books[case.environment], service))


def facts_of(given: Mapping[str, Any], case: Case, world: World) -> ServerFacts:
    """The facts in a few words; a database whose settings are not spoken of has them like its marker."""
    marker = _text(given, MARKER)
    dumped = str(given.get("copy", "")) in DUMPS
    if "copy" in given and not dumped:
        raise UnknownToTheRunner(f"{case.id}: no copy is made by {given['copy']!r}")
    told = [name for name in SETTING if name in given]
    oid = next((given[name] for name in OID if name in given), "other" if dumped else None)
    certificate = given.get("certificate")
    return ServerFacts(
        marker=marker,
        setting=_text(given, SETTING) if told else None if dumped else marker,
        setting_read=bool(told) or dumped,
        configurations=tuple(given.get("configurations") or ()),
        system_identifier=_system_identifier(given.get("system_identifier"), world),
        database_oid_matches=_same(oid, case),
        system_identifier_matches=_same(given.get("system_identifier_matches"), case),
        in_recovery=bool(given.get("in_recovery") or given.get("replica")),
        at_own_address=given.get("at_own_address", given["host"] == case.environment if "host" in given else None),
        server_address=given.get("server_address"),
        server_port=given.get("server_port"),
        certificate_matches=None if certificate is None else certificate == _own_host(case, world),
        database="social_care",
    )


def _text(given: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    value = next((given[name] for name in names if name in given), None)
    return None if value in (None, "none", "missing", "absent", "", False) else str(value)


def _system_identifier(said: Any, world: World) -> str | None:
    if (isinstance(said, str) and "same as production" in said) or said == "production":
        return str(world.fixture["production"]["system_identifiers"][0])
    if isinstance(said, str) and not said.isdigit():
        return UNLISTED if said in (*OTHER, *SAME, "staging", "unlisted") else None
    return None if said is None else str(said)


def _same(said: Any, case: Case) -> bool | None:
    """Whether what was stamped is what is there, in a word."""
    if said is None:
        return None
    word = str(said).lower()
    if word not in (*SAME, *OTHER):
        raise UnknownToTheRunner(f"{case.id}: is {said!r} the same, or another?")
    return word in SAME


def _own_host(case: Case, world: World) -> str:
    return str(world.fixture[case.environment]["endpoints"][0]["host"])


def judged_login(case: Case, world: World) -> Outcome:
    """What a driver said when the login failed."""
    words = case.fields({"error"})["error"] if isinstance(case.input, Mapping) else case.input
    refusal = assertion.explain(ConnectionError(str(words)), environment=case.environment)
    return Outcome("allow", ("OK",)) if refusal is None else outcome(from_refusal(refusal))


def judged_stamp(case: Case, world: World) -> Outcome:
    """Somebody wants to stamp a database in that state as the case's environment."""
    given = case.fields({*FACT_FIELDS, "database", "empty", "confirm", "replace"})
    facts = facts_of({name: given[name] for name in given if name in FACT_FIELDS}, case, world)
    asked = Stamping(
        facts,
        str(given.get("database", "social_care")),
        empty=bool(given.get("empty", False)),
        confirm=str(given.get("confirm", "")),
        replace=bool(given.get("replace", False)),
    )
    try:
        return outcome(judge_stamp(asked, world.books[case.environment]))
    except Refusal as refusal:
        return outcome(from_refusal(refusal))
