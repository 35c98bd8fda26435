"""Cases about the book itself: spoil its source or its file as the case says, compile it, open it, look something up."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from env_config.authoring.compile import books as compiled_books
from env_config.authoring.compile import check_source
from env_config.authoring.problems import refuse
from env_config.authoring.signing import new_key, signer
from env_config.authoring.source import parse_source
from env_config.book.codec import seal
from env_config.book.model import Book
from env_config.errors import Refusal
from env_config.policy import Policy
from env_config.resolver import Address
from env_config.runtime import Runtime
from env_config.verdict import WARN, Judgement, Reason
from tests.env_config import descriptions

from . import places
from .corpus import Case, Outcome, UnknownToTheRunner
from .places import from_refusal, outcome
from .world import NOW, TERRITORY_FIELDS, TODAY, World, instant, values

TERRITORY = re.compile(
    rf"(?P<environment>[a-z-]+?)_(?P<field>{'|'.join((*TERRITORY_FIELDS, 'aws_accounts', 'hosts'))})"
)
COMPILED = ("compiled_at", "compiled", "compiled_on", "built_at", "compiled_days_ago", "age_days", "age")
EXPIRES = ("expires", "expires_at", "valid_until", "not_after")
SIGNATURES = ("signature", "tampered", "tamper", "signed_by")
TOP = ("convention", "production_only", "valid_for", "acl", "environments", "services", "version", "description")


def judged_book(case: Case, world: World) -> Outcome:
    """Spoil the book as the case says; prove and compile it, open it, look something up."""
    if isinstance(case.input, str):
        return places.scanned({"serverless.yml": case.input}, case, world)
    given = dict(case.input)
    task = _Task(case, world, given)
    found: list[Reason] = []
    try:
        books = task.books(found)
        task.used(books)
    except Refusal as refusal:
        return outcome(from_refusal(refusal))
    return outcome(Judgement(tuple(found)))


class _Task:
    """One case's changes: to the source, to the time, to the signature, and what is asked for at the end."""

    def __init__(self, case: Case, world: World, given: dict[str, Any]) -> None:
        self.case, self.world = case, world
        self.lookup = _first(given, ("lookup", "resolve", "address"))
        self.signature = _first(given, SIGNATURES)
        self.now = _compiled_at(_first(given, COMPILED))
        self.expires = _first(given, EXPIRES)
        today = _first(given, ("today", "on"))
        self.today = TODAY if today is None else instant(today).date()
        self.records = _first(given, ("dns",))
        self.text = _first(given, ("yaml", "source"))
        self.source = world.changed()
        for field in list(given):
            if field in given:
                spoil(self.source, field, given, case)
        if given:
            raise UnknownToTheRunner(f"{case.id}: unknown field in a book: {', '.join(map(str, given))}")

    def books(self, found: list[Reason]) -> Mapping[str, Book]:
        """Every environment's book; what the proof only warns of is noted."""
        text = self.text or yaml.safe_dump(self.source, sort_keys=False, allow_unicode=True)
        resolve = None if self.records is None else self._resolve
        checked = check_source(parse_source(str(text)), today=self.today, resolve=resolve)
        found += [Reason(one.code, WARN, one.rule) for one in checked.problems if one.verdict == WARN]
        refuse(checked.problems)
        books = compiled_books(checked, now=self.now)
        if self.expires is not None:
            end = int(instant(self.expires).timestamp())
            books = {name: replace(book, expires_at=end) for name, book in books.items()}
        return books

    def _resolve(self, name: str) -> tuple[list[str], list[str]]:
        return places.followed(name, self.records, self.world.hosts)

    def used(self, books: Mapping[str, Book]) -> None:
        """Open the book as a process of the case's environment, and resolve what is asked for, or every own service."""
        environment = self.case.environment
        book = books.get(environment)
        if book is None:
            raise UnknownToTheRunner(f"{self.case.id}: there is no environment {environment}")
        folder = self.world.sealed(books)
        if self.signature is not None:
            _resign(folder, self.signature, self.case, self.world)
        # A protected environment's book is opened from staging: attesting production is another case's business.
        declared = "staging" if book.rules.protected else environment
        runtime = Runtime(folder, environ={"ENV_CONFIG_ENVIRONMENT": declared}, clock=lambda: NOW)
        _ = runtime.book
        if self.lookup is not None:
            names = self.lookup if isinstance(self.lookup, list) else [self.lookup]
            for name in names:
                _resolved(self.case, self.world, runtime, book, str(name))
        elif not book.rules.protected:
            for service in book.services:
                runtime.address(service)


def _first(given: dict[str, Any], names: tuple[str, ...]) -> Any:
    """Take whichever of the names is there."""
    return next((given.pop(name) for name in names if name in given), None)


def _compiled_at(value: Any) -> int:
    """A day, or how many days ago: ``400``, ``400d``, ``2020-01-01``."""
    if value is None:
        return NOW
    days = re.fullmatch(r"(\d{1,5})\s*(?:d|days)?", str(value))
    return NOW - int(days[1]) * 86_400 if days else int(instant(value).timestamp())


def _resolved(case: Case, world: World, runtime: Runtime, book: Book, name: str) -> None:
    """Resolve a name in the case's environment; production is attested by its account, as a platform would."""
    if not book.rules.protected:
        runtime.address(name)
        return
    platform = {"source": "sts", "account": book.own.aws_accounts[0]}
    evidence = descriptions.evidence_of(platform, book.environments, now=NOW)
    from env_config.attestation import determine

    determine(case.environment, evidence, book.environments)
    address = Address(runtime._found(name, book), book.environment)
    policy = Policy(book)
    policy.judge_host(address.host, address.port).enforce()
    staging = world.fixture["staging"]["endpoints"][0]
    if policy.judge_host(staging["host"], staging["port"]).allowed:
        raise AssertionError(f"{case.id}: production may reach staging")


# -------------------------------------------------------------------------------------------------------- signatures


def _resign(folder: Path, word: Any, case: Case, world: World) -> None:
    """Do to every book's signature what the word says."""
    said = str(word).lower()
    for path in folder.glob("*.json"):
        if path.name != "trust.json":
            path.write_bytes(_signatures(said, case)(path.read_bytes(), folder, world))


def _signatures(said: str, case: Case) -> Callable[[bytes, Path, World], bytes]:
    if said in ("valid", "good", "false"):
        return lambda raw, folder, world: raw
    if said in ("none", "missing", "absent", "unsigned"):
        return lambda raw, folder, world: json.dumps({"book": json.loads(raw)["book"]}).encode()
    if re.search(r"other|unknown|stranger|untrusted|wrong", said):
        return _by_a_stranger
    if re.search(r"invalid|tamper|change|true|bad|broken|byte", said):
        return _one_byte
    raise UnknownToTheRunner(f"{case.id}: what is a signature that is {said!r}?")


def _one_byte(raw: bytes, folder: Path, world: World) -> bytes:
    changed = raw.replace(b"stage-db", b"stage-dc", 1)
    assert changed != raw, "there was nothing to tamper with"
    return changed


def _by_a_stranger(raw: bytes, folder: Path, world: World) -> bytes:
    """Sealed again, well, by a key that nobody trusts."""
    key = folder.parent / "stranger.pem"
    if not key.exists():
        new_key(key, trust=folder.parent / "strangers.json", purposes=("book",))
    return seal(world.books[json.loads(raw)["book"]["environment"]], signer(key))


# ------------------------------------------------------------------------------------------------------------- source


def spoil(source: dict[str, Any], field: str, given: dict[str, Any], case: Case) -> None:
    """Change the source as one field of the input says; a field that means nothing here stays where it is."""
    match = TERRITORY.fullmatch(field)
    if field in source["environments"]:
        _entries(source, field, given.pop(field))
    elif match is not None and match["environment"] in source["environments"]:
        environment = source["environments"][match["environment"]]
        value = values(match["field"], given.pop(field))
        if match["field"] == "aws_accounts":
            environment["attest"]["aws_accounts"] = value
        else:
            environment["only"].setdefault(match["field"], []).extend(value)
    elif field == "template":
        _render(source, given, case)
    elif field == "shared":
        _share(source["shared"], given.pop(field))
    elif field in TOP:
        _merge(source, {field: given.pop(field)})
    elif field == "aliases":
        for alias, environment in given.pop(field).items():
            source["environments"].setdefault(environment, {}).setdefault("aliases", []).append(alias)
    elif field in ("unknown_key", "key", "extra"):
        source[str(given.pop(field))] = True
    elif field == "extends":
        said = given.pop(field)
        for environment, parent in (said if isinstance(said, Mapping) else {case.environment: said}).items():
            source["environments"][environment]["extends"] = parent


def _entries(source: dict[str, Any], environment: str, block: Mapping[str, Any]) -> None:
    """A block of one environment: what an entry leaves out stays as it was, or is its environment's own."""
    for service, entry in block.items():
        known = source["services"].setdefault(service, {"kind": _kind(entry), "environments": {}})
        old = known["environments"].get(environment) or {}
        if {"host", "resource", "extends"} & set(entry):
            known["environments"][environment] = dict(entry)
        else:
            made = {"host": f"{service}.{environment}.hackney.example", "port": 443}
            known["environments"][environment] = made | old | entry


def _kind(entry: Mapping[str, Any]) -> str:
    """What an entry says, or what its port says; one that names neither is of a kind that has a port of its own."""
    return str(entry.get("kind") or ("https" if "host" in entry and "port" not in entry else "tcp"))


def _share(shared: list[dict[str, Any]], said: Any) -> None:
    """Further entries; one for a service that is there already changes that one."""
    if isinstance(said, Mapping) and "service" not in said:
        said = [{"service": service, **entry} for service, entry in said.items()]
    for item in said if isinstance(said, list) else [said]:
        plain = {name: str(value) if name == "review_by" else value for name, value in item.items()}
        known = next((one for one in shared if one.get("service") == plain.get("service")), None)
        if known is None:
            shared.append(plain)
        else:
            known.update(plain)


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, Mapping) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value


def _render(source: dict[str, Any], given: dict[str, Any], case: Case) -> None:
    """A host written as a template, with the variables that stand beside it."""
    template = given.pop("template")
    variables = given.pop("variables", {})
    variables |= {name: given.pop(name) for name in list(given) if "{" + name + "}" in template}
    entry = source["services"].setdefault("manage-my-home", {"kind": "https", "environments": {}})
    entry["environments"][case.environment] = {"host": template, "port": given.pop("port", 443)}
    source["environments"][case.environment].setdefault("variables", {}).update(variables)
