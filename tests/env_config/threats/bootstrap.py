"""Cases about the start of a process: which environment, ambient variables, the book, files, grants and exports."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from env_config import cli, scan
from env_config.attestation import Environment, conflicting_files, determine, gather
from env_config.book.model import Book
from env_config.errors import Refusal
from env_config.guards.ambient import judge_ambient
from env_config.runtime import Runtime
from env_config.verdict import DENY, REFUSE, Judgement, Reason
from tests.env_config import descriptions

from .corpus import Case, Outcome, UnknownToTheRunner, only
from .places import outcome, process_env
from .world import NOW, World

TERRITORY = re.compile(
    r"(?P<environment>[a-z-]+)_(?P<field>wildcards|cidrs|buckets|rds_identifiers|aws_accounts|namespaces)"
)
STALE_FIELDS = ("compiled_at", "age_days", "compiled_days_ago", "age", "expires", "expires_at", "valid_until")


def refused(act: Callable[[], object]) -> Outcome:
    """What an act ends in: allowed, or the refusal it raised."""
    try:
        act()
    except Refusal as refusal:
        return outcome(from_refusal(refusal))
    return Outcome("allow", ("OK",))


def from_refusal(refusal: Refusal) -> Judgement:
    """A refusal as a judgement: what production owns is denied, the rest is refused."""
    return Judgement(
        tuple(Reason(code, DENY if _reaches(code) else REFUSE, refusal.rule) for code in (refusal.code, *refusal.codes))
    )


def _reaches(code: str) -> bool:
    """The code says that production would be reached, rather than that nobody can tell."""
    return code.startswith(("PROD_", "PEER_", "IDENTITY_PROD", "IDENTITY_CLONE", "ASSERTION_", "TLS_", "AMBIENT"))


# ---------------------------------------------------------------------------------------------------- env and platform


def judged_env(case: Case, world: World) -> Outcome:
    """Start a process with these variables: what is its environment, and where would the variables lead it?"""
    environ = {name: str(value) for name, value in case.fields({"process_env"})["process_env"].items()}
    if case.category != "identity":
        environ.setdefault("ENV_CONFIG_ENVIRONMENT", case.environment)
    runtime = world.runtime(environ)
    try:
        environment = runtime.environment
    except Refusal as refusal:
        return outcome(from_refusal(refusal))
    judgement = judge_ambient(environ, runtime.policy)
    if case.layer == "override":
        # The claim is that no variable opens the way: production stays denied whatever is set.
        judgement += _production_addresses(runtime, world)
    return replace(outcome(judgement), environment=environment.name)


def _production_addresses(runtime: Runtime, world: World) -> Judgement:
    together = Judgement()
    for endpoint in world.fixture["production"]["endpoints"]:
        judgement = runtime.policy.judge_host(endpoint["host"], endpoint["port"])
        if judgement.allowed:
            return Judgement()
        together += judgement
    return together


def judged_platform(case: Case, world: World) -> Outcome:
    """Put together what was declared with what the platform attests."""
    given = case.fields({"process_env", "platform", "platforms"})
    declared = {"ENV_CONFIG_ENVIRONMENT": case.environment} | dict(given.get("process_env") or {})
    book = world.books[case.environment]
    runtime = world.runtime(declared)
    platforms = given.get("platforms") or ([given["platform"]] if given.get("platform") else [])

    def found() -> Environment:
        evidence = [
            item for platform in platforms for item in descriptions.evidence_of(platform, book.environments, now=NOW)
        ]
        gathered = gather(declared, book.environments, runtime.trust, now=NOW)
        return determine(declared["ENV_CONFIG_ENVIRONMENT"], [*evidence, *gathered], book.environments)

    try:
        environment = found()
    except Refusal as refusal:
        return outcome(from_refusal(refusal))
    return Outcome("allow", ("OK",), environment.name)


# ----------------------------------------------------------------------------------------------------------------- book


def judged_book(case: Case, world: World) -> Outcome:
    """Spoil the book as the case says; compile it, open it, look something up."""
    if isinstance(case.input, str):
        return _scanned({"serverless.yml": case.input}, case, world)
    source = world.changed()
    given = dict(case.input)
    lookup, signature = given.pop("lookup", None), given.pop("signature", None)
    stale = {name: given.pop(name) for name in STALE_FIELDS if name in given}
    for field in list(given):
        _spoil(source, field, given, case)
    if given:
        raise UnknownToTheRunner(f"{case.id}: unknown field in a book: {', '.join(map(str, given))}")

    def used() -> None:
        books = world.compiled(source)
        if stale:
            books = {name: replace(book, expires_at=NOW - 86_400) for name, book in books.items()}
        runtime = world.runtime(_declares(case.environment, world, books), books)
        if signature is not None:
            _tamper(runtime, case)
        _ = runtime.book
        if lookup is not None:
            _resolved(case, world, books, str(lookup))
        elif case.environment in books:
            for service in books[case.environment].services:
                if not books[case.environment].services[service].shared:
                    _own(books[case.environment], runtime, service)

    return refused(used)


def _declares(environment: str, world: World, books: Mapping[str, Book]) -> dict[str, str]:
    # A protected environment's books are looked into from staging: attesting production is another case's business.
    return {"ENV_CONFIG_ENVIRONMENT": "staging" if books[environment].rules.protected else environment}


def _own(book: Book, runtime: Runtime, service: str) -> None:
    entry = book.services[service]
    if entry.host and runtime.book.environment == book.environment:
        runtime.policy.judge_host(entry.host, entry.port).enforce(service=service)


def _resolved(case: Case, world: World, books: Mapping[str, Book], name: str) -> None:
    """Resolve a name in the case's environment; production is attested by its account, as a platform would."""
    from env_config.policy import Policy
    from env_config.resolver import Address

    book = books[case.environment]
    if not book.rules.protected:
        world.runtime({"ENV_CONFIG_ENVIRONMENT": case.environment}, books).address(name)
        return
    platform = {"source": "sts", "account": book.own.aws_accounts[0]}
    evidence = descriptions.evidence_of(platform, book.environments, now=NOW)
    determine(case.environment, evidence, book.environments)
    address = Address(book.services[name], book.environment)
    policy = Policy(book)
    policy.judge_host(address.host, address.port).enforce()
    staging = world.fixture["staging"]["endpoints"][0]
    if policy.judge_host(staging["host"], staging["port"]).allowed:
        raise AssertionError(f"{case.id}: production may reach staging")


def _tamper(runtime: Runtime, case: Case) -> None:
    """Change one byte of every book after it was signed."""
    folder = runtime._folder()
    for path in folder.glob("*.json"):
        if path.name != "trust.json":
            raw = path.read_bytes()
            changed = raw.replace(b"stage-db", b"stage-dc", 1)
            assert changed != raw, f"{case.id}: there was nothing to tamper with in {path.name}"
            path.write_bytes(changed)


def _spoil(source: dict[str, Any], field: str, given: dict[str, Any], case: Case) -> None:
    match = TERRITORY.fullmatch(field)
    if field in source["environments"]:
        for service, entry in given.pop(field).items():
            known = source["services"].setdefault(service, {"kind": "tcp", "environments": {}})
            old = known["environments"].get(field) or {}
            fallback = {"host": f"{service}.{field}.hackney.example", "port": 443} if "host" not in entry else {}
            known["environments"][field] = ({} if "host" in entry else fallback | old) | entry
    elif match is not None and match["environment"] in source["environments"]:
        environment = source["environments"][match["environment"]]
        value = given.pop(field)
        if match["field"] == "aws_accounts":
            environment["attest"]["aws_accounts"] = value
        else:
            environment["only"].setdefault(match["field"], []).extend(value)
    elif field == "template":
        _render(source, given, case)
    elif field in ("shared", "acl", "convention", "production_only", "valid_for"):
        value = given.pop(field)
        source[field] = value if not isinstance(value, list) else [*source.get(field, []), *map(_plain, value)]
    elif field in ("aliases",):
        for alias, environment in given.pop(field).items():
            source["environments"].setdefault(environment, {}).setdefault("aliases", []).append(alias)
    elif field in ("unknown_key", "key", "extra"):
        source[str(given.pop(field))] = True
    elif field in ("extends",):
        source["environments"][case.environment]["extends"] = given.pop(field)


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if name == "review_by" else value for name, value in item.items()}


def _render(source: dict[str, Any], given: dict[str, Any], case: Case) -> None:
    """A host written as a template, with the variables that stand beside it."""
    template = given.pop("template")
    variables = {name: given.pop(name) for name in list(given) if "{" + name + "}" in template}
    entry = source["services"].setdefault("manage-my-home", {"kind": "https", "environments": {}})
    entry["environments"][case.environment] = {"host": template, "port": 443}
    source["environments"][case.environment].setdefault("variables", {}).update(variables)


# -------------------------------------------------------------------------------------------------------------- the rest


def judged_file(case: Case, world: World) -> Outcome:
    """Scan a file or a tree; or let two dotenv files disagree."""
    given = case.fields({"path", "text", "tree", "files", "asked", "process_env", "stage"})
    if "files" in given and "asked" in given:
        rules = world.books[case.environment].environments
        return refused(lambda: conflicting_files(given["files"], given["asked"], rules))
    if "files" in given or "tree" in given:
        return _scanned(given.get("tree") or given["files"], case, world)
    return _scanned({given["path"]: given["text"]}, case, world)


def _scanned(files: Mapping[str, str], case: Case, world: World) -> Outcome:
    findings = scan.scan_tree(dict(files), world.policy(case.environment)).findings
    return outcome(Judgement(tuple(Reason(item.code, item.verdict, item.rule) for item in findings)))


def judged_override(case: Case, world: World) -> Outcome:
    """Use a grant."""
    given = case.fields({"grant", "service", "environment", "mode", "lookup"})
    grant = dict(given["grant"] or {})
    asked = {"service" if name == "lookup" else name: given[name] for name in given if name != "grant"}
    return outcome(
        descriptions.evaluate(
            grant,
            service=asked.get("service", "social-care-db"),
            environment=asked.get("environment", "production"),
            mode=asked.get("mode", "read-only"),
            now=NOW,
        )
    )


def judged_export(case: Case, world: World) -> Outcome:
    """Run the command that is given; or compile a book with the value that is given."""
    if isinstance(case.input, str):
        return _commanded(shlex.split(case.input), case, world)
    source = world.changed()
    entry = source["services"]["social-care-db"]["environments"][case.environment]
    entry.update(only(case.input, {"host", "port", "database", "path", "user", "secret"}, case.id))
    return refused(lambda: world.compiled(source))


def _commanded(words: list[str], case: Case, world: World) -> Outcome:
    if words[:1] != ["env-config"]:
        raise UnknownToTheRunner(f"{case.id}: {words[0]!r} is not the library's command")
    folder = world.sealed()
    environ = {"ENV_CONFIG_ENVIRONMENT": case.environment, "ENV_CONFIG_BOOK": str(folder), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(
        [sys.executable, "-m", "env_config", *words[1:]],
        env=environ | process_env(case, world),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if ran.returncode == cli.FINE:
        return Outcome("allow", ("OK",))
    code = re.search(r"\b[A-Z]+(?:_[A-Z]+)+\b", ran.stderr)
    if code is None:
        raise AssertionError(f"{case.id}: exit {ran.returncode} without a code: {ran.stderr}")
    return Outcome(DENY if _reaches(code[0]) else REFUSE, (code[0],))


def steps(case: Case, world: World) -> Outcome:
    """Run the steps of a process one after the other; ``resolve`` asks for the environment, the rest is Python."""
    program = [
        "import json, os",
        "import env_config",
        "from env_config import Refusal",
        "def resolve(): return env_config.environment().name",
        "try:",
        *(f"    {'resolve()' if step == 'resolve' else step}" for step in case.fields({"steps"})["steps"]),
        "    print(json.dumps(['OK']))",
        "except Refusal as refusal:",
        "    print(json.dumps([refusal.code]))",
    ]
    environ = {
        "ENV_CONFIG_ENVIRONMENT": case.environment,
        "ENV_CONFIG_BOOK": str(world.sealed()),
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": os.pathsep.join([os.getcwd(), *filter(None, sys.path)]),  # noqa: PTH109 - where the tests were started
    }
    ran = subprocess.run(
        [sys.executable, "-c", "\n".join(program)], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    if ran.returncode:
        raise AssertionError(f"{case.id}: the steps ended with {ran.returncode}: {ran.stderr}")
    (code,) = json.loads(ran.stdout)
    if code == "OK":
        return Outcome("allow", ("OK",))
    return Outcome(DENY if _reaches(code) else REFUSE, (code,))
