"""Cases about a string: hosts, URLs, connection strings, cloud resources, credentials, DNS answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from env_config.canonical.target import Resource
from env_config.verdict import Judgement

from .corpus import Case, Outcome, UnknownToTheRunner
from .world import World, materialised

RESOURCE_FIELDS = {
    "bucket": "s3",
    "table": "dynamodb",
    "queue": "sqs",
    "topic": "sns",
    "function": "lambda",
    "secret": "secretsmanager",
    "parameter": "ssm",
    "stream": "kinesis",
    "rds": "rds",
    "instance": "rds",
    "cluster": "rds",
    "role": "iam",
    "key": "kms",
    "resource": "",
}


def outcome(judgement: Judgement) -> Outcome:
    """A judgement as the corpus counts it."""
    return Outcome(judgement.verdict, judgement.codes)


def judged_text(case: Case, world: World) -> Outcome:
    """Judge the input as what its kind says it is."""
    if not isinstance(case.input, str):
        raise UnknownToTheRunner(f"{case.id}: {case.kind} wants a string, not {case.input!r}")
    kind = {"k8s": "host", "kafka": "", "mongo": "mongodb"}.get(case.kind, case.kind)
    environ = process_env(case, world)
    return outcome(world.policy(case.environment).judge_text(case.input, kind, environ))


def process_env(case: Case, world: World) -> dict[str, str]:
    """The variables of the process; a file given by its content is written down."""
    environ = {name: str(value) for name, value in (case.given.get("process_env") or {}).items()}
    for name in ("PGSERVICEFILE", "PGPASSFILE"):
        if "\n" in environ.get(name, "") or environ.get(name, "").startswith("["):
            path = world.folder / f"{case.id}-{name.lower()}"
            path.write_text(environ[name] + "\n", encoding="utf-8")
            environ[name] = str(path)
    return environ


def judged_host(case: Case, world: World) -> Outcome:
    """Judge a host; or, where a hosts file is given, what its names turn out to mean."""
    policy = world.policy(case.environment)
    if isinstance(case.input, str):
        return outcome(policy.judge_host(case.input))
    given = case.fields({"hosts", "host", "port"})
    if "hosts" not in given:
        return outcome(policy.judge_host(str(given["host"]), given.get("port")))
    lines = given["hosts"] if isinstance(given["hosts"], list) else str(given["hosts"]).splitlines()
    together = Judgement()
    for line in lines:
        address, *names = line.partition("#")[0].split()
        for name in names:
            together += policy.judge_host(name) + policy.judge_resolution(name, (), (address,))
    return outcome(together)


def judged_dns(case: Case, world: World) -> Outcome:
    """Follow the records that are given, then the fixture's own, and judge where they lead."""
    given = case.fields({"dns", "name", "port"})
    records: Mapping[str, Any] = given["dns"]
    together = Judgement()
    for name in [str(given["name"])] if "name" in given else [next(iter(records))]:
        chain, addresses = _followed(name, records, world.hosts)
        together += world.policy(case.environment).judge_resolution(name, chain, addresses, given.get("port"))
    return outcome(together)


def _followed(name: str, records: Mapping[str, Any], hosts: Mapping[str, str]) -> tuple[list[str], list[str]]:
    chain: list[str] = []
    addresses: list[str] = []
    ahead = [name]
    while ahead:
        here = ahead.pop(0)
        answers = records.get(here, hosts.get(here, ()))
        for answer in [answers] if isinstance(answers, str) else answers:
            if _is_address(str(answer)):
                addresses.append(str(answer))
            elif answer not in chain:
                chain.append(str(answer))
                ahead.append(str(answer))
    return chain, addresses


def _is_address(text: str) -> bool:
    return ":" in text or text.replace(".", "").isdigit()


def judged_aws(case: Case, world: World) -> Outcome:
    """Judge an ARN, a URL, an endpoint, or a resource by the facts that are given."""
    policy = world.policy(case.environment)
    if isinstance(case.input, str):
        return outcome(policy.judge_text(case.input, "aws"))
    given = case.fields({*RESOURCE_FIELDS, "account", "region", "service", "arn", "url", "endpoint", "endpoint_url"})
    together = Judgement()
    for name in ("arn", "url", "endpoint", "endpoint_url"):
        if name in given:
            together += policy.judge_text(str(given[name]), "aws")
    account, region = str(given.get("account", "")), str(given.get("region", ""))
    named = [(service, str(given[name])) for name, service in RESOURCE_FIELDS.items() if name in given]
    for service, name in named or [("", "")]:
        resource = Resource(service or str(given.get("service", "")), name, account, region)
        together += policy.judge_resource(resource)
    return outcome(together)


def judged_credential(case: Case, world: World) -> Outcome:
    """Judge a credential, found in a variable of any name or written down as it is."""
    if not isinstance(case.input, str):
        given = case.fields({"value", "process_env"})
        values = [str(given["value"])] if "value" in given else [str(item) for item in given["process_env"].values()]
    else:
        values = [case.input]
    together = Judgement()
    for value in values:
        together += world.policy(case.environment).judge_credential(materialised(value))
    return outcome(together)
