"""Cases about the start of a process: which environment, who may resolve, ambient variables, files, grants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from env_config.attestation import Environment, check_access, conflicting_files, determine, gather
from env_config.book.model import Book
from env_config.errors import Refusal
from env_config.guards.ambient import judge_ambient
from env_config.runtime import Runtime
from env_config.verdict import Judgement
from tests.env_config import descriptions

from .corpus import Case, Outcome, UnknownToTheRunner, only
from .places import from_refusal, outcome, process_env, refused, scanned
from .world import NOW, World

DECLARED = "ENV_CONFIG_ENVIRONMENT"
ACCESS_FIELDS = {"lookup", "service", "run_as", "acl", "require_stamp"}
SOURCES = {
    "task_arn": "ecs-task-metadata",
    "function_arn": "lambda",
    "caller_arn": "sts",
    "account": "sts",
    "context": "circleci-oidc",
}
GRANT_NAMES = {
    "approved_by": "signed_by",
    "granted_by": "signed_by",
    "issuer": "signed_by",
    "issued_by": "signed_by",
    "expires_at": "until",
    "valid_until": "until",
    "duration": "hours",
    "requested_by": "who",
}
MODES = {"write": "read-write", "rw": "read-write", "read": "read-only", "ro": "read-only", "read_only": "read-only"}


def judged_env(case: Case, world: World) -> Outcome:
    """Start a process with these variables: what is its environment, and where would the variables lead it?"""
    case.fields({"process_env"})
    environ = process_env(case, world)
    if case.category != "identity":
        environ.setdefault(DECLARED, case.environment)
    if case.given.get("platform"):
        return judged_platform(replace(case, input={"process_env": environ}), world)
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
    """Put together what was declared with what the platform attests; then resolve, if a service is asked for."""
    given = case.fields({"process_env", "platform", "platforms", *ACCESS_FIELDS})
    declared = {DECLARED: case.environment} | process_env(case, world)
    asked = set(given) & ACCESS_FIELDS
    books = world.compiled(_access(given, case, world)) if asked else world.books
    book = books[case.environment]
    try:
        environment = _determined(given, declared, book, case, world)
        if asked:
            entry = books[environment.name]
            name = str(given.get("lookup") or given.get("service") or "social-care-db")
            check_access(entry.services[name], entry.rules, environment)
    except Refusal as refusal:
        return outcome(from_refusal(refusal))
    return Outcome("allow", ("OK",), environment.name)


def _determined(
    given: Mapping[str, Any], declared: Mapping[str, str], book: Book, case: Case, world: World
) -> Environment:
    platforms = list(given.get("platforms") or [])
    platforms += [one for one in (given.get("platform"), case.given.get("platform")) if one]
    evidence = [
        item
        for platform in platforms
        for item in descriptions.evidence_of(_sourced(platform, case), book.environments, now=NOW)
    ]
    evidence += gather(declared, book.environments, world.runtime(declared).trust, now=NOW)
    return determine(declared[DECLARED], evidence, book.environments)


def _sourced(platform: Any, case: Case) -> dict[str, Any]:
    """A platform with its source, which a field that only one source has may say, and with a whole ARN."""
    if isinstance(platform, str):
        return {"source": platform}
    said = dict(platform)
    arn = str(said.get("arn", ""))
    named = next(
        (source for part, source in ((":lambda:", "lambda"), (":ecs:", "ecs"), (":sts:", "sts")) if part in arn), ""
    )
    source = said.setdefault("source", named or next((SOURCES[name] for name in SOURCES if name in said), ""))
    if not source:
        raise UnknownToTheRunner(f"{case.id}: no source in {platform!r}")
    if "account_id" in said:
        said["account"] = said.pop("account_id")
    if source in ("ecs", "ecs-task-metadata", "ecs-metadata") and "account" in said:
        said["task_arn"] = f"arn:aws:ecs:eu-west-2:{said.pop('account')}:task/c/1"
    if source in ("lambda", "lambda-arn", "aws-lambda") and "account" in said:
        said["arn"] = f"arn:aws:lambda:eu-west-2:{said.pop('account')}:function:f"
    return said


def _access(given: Mapping[str, Any], case: Case, world: World) -> dict[str, Any]:
    """The source with what the case says about who may resolve."""
    source = world.changed()
    if "acl" in given:
        source["acl"] = given["acl"]
    if "run_as" in given:
        name = given.get("lookup") or given.get("service") or "social-care-db"
        source["acl"] = {case.environment: {name: given["run_as"]}}
    if "require_stamp" in given:
        source["environments"][case.environment]["require_stamp"] = given["require_stamp"]
    return source


def judged_access(case: Case, world: World) -> Outcome:
    """Resolve a service for which the book says who may, with the deployment stamp that is given, or with none."""
    given = case.fields({"process_env", "stamp", "platform", *ACCESS_FIELDS})
    platforms = [{"source": "stamp", **given["stamp"]}] if given.get("stamp") else []
    platforms += [given["platform"]] if given.get("platform") else []
    asked = {name: given[name] for name in given if name not in ("stamp", "platform")}
    asked.setdefault("service", given.get("lookup", "social-care-db"))
    return judged_platform(replace(case, input={**asked, "platforms": platforms}), world)


def judged_file(case: Case, world: World) -> Outcome:
    """Scan a file or a tree; or let two dotenv files disagree."""
    if isinstance(case.input, str):
        raise UnknownToTheRunner(f"{case.id}: a file has a path and a text")
    given = case.fields({"path", "file", "text", "content", "contents", "tree", "files", "asked", "requested"})
    asked = given.get("asked") or given.get("requested")
    if "files" in given and asked:
        rules = world.books[case.environment].environments
        return refused(lambda: conflicting_files(given["files"], asked, rules))
    if "files" in given or "tree" in given:
        return scanned(given.get("tree") or given["files"], case, world)
    path = given["path"] if "path" in given else given["file"]
    return scanned({path: next(given[name] for name in ("text", "content", "contents") if name in given)}, case, world)


def judged_override(case: Case, world: World) -> Outcome:
    """Use a grant."""
    given = case.fields({"grant", "service", "environment", "mode", "lookup", "use", "request", "action", "write"})
    use = {**given, **(given.get("use") or {}), **(given.get("request") or {})}
    only(use, set(given) | {"service", "environment", "mode", "lookup"}, case.id)
    if use.get("write"):
        use["mode"] = "read-write"
    mode = str(use.get("mode") or use.get("action") or "read-only")
    return outcome(
        descriptions.evaluate(
            _grant(given["grant"] or {}),
            service=str(use.get("service") or use.get("lookup") or "social-care-db"),
            environment=str(use.get("environment", "production")),
            mode=MODES.get(mode, mode),
            now=NOW,
        )
    )


def _grant(said: Mapping[str, Any]) -> dict[str, Any]:
    """A grant under the names that descriptions have; what a scope holds is the grant's own."""
    grant = {name: value for name, value in said.items() if name != "scope"} | dict(said.get("scope") or {})
    renamed = {GRANT_NAMES.get(name, name): value for name, value in grant.items()}
    if "mode" in renamed:
        renamed["mode"] = MODES.get(str(renamed["mode"]), renamed["mode"])
    if isinstance(renamed.get("hours"), str):
        number, unit = renamed["hours"].rstrip("hd "), renamed["hours"].strip()[-1:]
        renamed["hours"] = float(number) * (24 if unit == "d" else 1)
    return renamed
