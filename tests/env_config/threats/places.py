"""Cases about a string: hosts, URLs, connection strings, cloud resources, credentials, DNS answers, texts of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from env_config import scan
from env_config.canonical.target import Resource
from env_config.errors import Refusal
from env_config.policy import Policy
from env_config.verdict import DENY, REFUSE, Judgement, Reason

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
    "identifier": "rds",
    "db_instance": "rds",
    "db_instance_identifier": "rds",
    "db_cluster_identifier": "rds",
    "cluster": "rds",
    "role": "iam",
    "key": "kms",
    "resource": "",
    "name": "",
}
ACCOUNT_FIELDS = ("account", "account_id", "owner", "bucket_owner", "expected_bucket_owner")
ARN_FIELDS = ("queue", "topic", "table", "bucket", "function", "role", "secret", "stream", "key")
TEXT_FIELDS = (
    *("arn", "url", "uri", "endpoint", "endpoint_url", "host", "queue_url"),
    *(f"{name}_arn" for name in ARN_FIELDS),
)
BARE = re.compile(r"[a-z0-9][a-z0-9-]*")
BARE_SERVICES = ("s3", "rds", "dynamodb", "sqs", "sns")
"""A name without an account, a host or a path is that of a resource, of whichever service."""
KINDS = {"k8s": "host", "kafka": "", "mongo": "mongodb"}


def outcome(judgement: Judgement) -> Outcome:
    """A judgement as the corpus counts it."""
    return Outcome(judgement.verdict, judgement.codes)


def refused(act: Callable[[], object]) -> Outcome:
    """What an act ends in: allowed, or the refusal it raised."""
    try:
        act()
    except Refusal as refusal:
        return outcome(from_refusal(refusal))
    return Outcome("allow", ("OK",))


def from_refusal(refusal: Refusal) -> Judgement:
    """A refusal as a judgement: what production owns is denied, the rest is refused."""
    return Judgement(tuple(_reason(code, refusal.rule) for code in (refusal.code, *refusal.codes)))


def _reason(code: str, rule: str) -> Reason:
    return Reason(code, DENY if reaches(code) else REFUSE, rule)


def reaches(code: str) -> bool:
    """The code says that production would be reached, rather than that nobody can tell."""
    return code.startswith(("PROD_", "PEER_", "IDENTITY_PROD", "IDENTITY_CLONE", "ASSERTION_", "TLS_", "AMBIENT"))


def judged_text(case: Case, world: World) -> Outcome:
    """Judge the input as what its kind says it is: a string, or one of several fields that hold it."""
    policy, kind = world.policy(case.environment), KINDS.get(case.kind, case.kind)
    if isinstance(case.input, str):
        return outcome(policy.judge_text(case.input, kind, process_env(case, world)))
    fields = ("dsn", "url", "uri", "text", "connection_string", "host")
    given = case.fields({*fields, "process_env"})
    if not set(fields) & set(given):
        raise UnknownToTheRunner(f"{case.id}: {case.kind} wants one of {', '.join(fields)}")
    environ = process_env(case, world)
    texts = [str(given[name]) for name in fields if name in given]
    return outcome(_together(policy.judge_text(text, kind, environ) for text in texts))


def _together(judgements: Any) -> Judgement:
    return sum(judgements, Judgement())


def process_env(case: Case, world: World) -> dict[str, str]:
    """The variables of the process; a file given by its content is written down."""
    said = dict(case.given.get("process_env") or {})
    if isinstance(case.input, Mapping):
        said |= case.input.get("process_env") or {}
    environ = {name: materialised(str(value)) for name, value in said.items()}
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
        written = re.fullmatch(r"(?P<host>[^:\[\]]+|\[[^\]]*\]):(?P<port>\d{1,5})", case.input)
        if written:
            return outcome(policy.judge_host(written["host"], int(written["port"])))
        return outcome(policy.judge_host(case.input))
    given = case.fields({"hosts", "hosts_file", "etc_hosts", "extra_hosts", "host", "name", "port", "ip"})
    together = Judgement()
    for name, address in _answers(given):
        together += policy.judge_host(name) + policy.judge_resolution(name, (), (address,))
    for field in ("host", "name", "ip"):
        if field in given:
            together += policy.judge_host(str(given[field]), given.get("port"))
    return outcome(together)


def _answers(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and address of every line: of a hosts file, or of a container's ``extra_hosts`` (``name:address``)."""
    found = []
    for field in ("hosts", "hosts_file", "etc_hosts"):
        for line in _lines(given.get(field)):
            address, *names = line.partition("#")[0].split()
            found += [(name, address) for name in names]
    for line in _lines(given.get("extra_hosts")):
        name, address = line.split("=", 1) if "=" in line else line.split(":", 1)
        found.append((name.strip(), address.strip()))
    return found


def _lines(said: Any) -> list[str]:
    if isinstance(said, Mapping):
        return [f"{name}={address}" for name, address in said.items()]
    return [str(line) for line in said] if isinstance(said, list) else str(said or "").splitlines()


def judged_cluster(case: Case, world: World) -> Outcome:
    """A name in a cluster; or a service, its namespace, and what an ExternalName service leads to."""
    if isinstance(case.input, str):
        return judged_text(case, world)
    given = case.fields({"service", "name", "namespace", "external_name", "externalName", "host", "port"})
    policy, together = world.policy(case.environment), Judgement()
    name = str(given.get("service") or given.get("name") or given.get("host"))
    if "namespace" in given:
        name = f"{name}.{given['namespace']}.svc.cluster.local"
    target = given.get("external_name") or given.get("externalName")
    if target is not None:
        together += policy.judge_resolution(name, (str(target),), (), given.get("port"))
    if "." in name:
        together += policy.judge_host(name, given.get("port"))
    elif target is None:
        raise UnknownToTheRunner(f"{case.id}: {name!r} has neither a namespace nor an external name")
    return outcome(together)


def judged_dns(case: Case, world: World) -> Outcome:
    """Follow the records that are given, then the fixture's own, and judge where they lead."""
    given = case.fields({"dns", "records", "answers", "name", "host", "port", "then", "later"})
    name = given.get("name") or given.get("host")
    together = Judgement()
    for field in ("dns", "records", "answers", "then", "later"):
        if field not in given:
            continue
        said = given[field]
        records: Mapping[str, Any] = said if isinstance(said, Mapping) else {str(name): said}
        asked = str(name) if name else next(iter(records))
        chain, addresses = followed(asked, records, world.hosts)
        together += world.policy(case.environment).judge_resolution(asked, chain, addresses, given.get("port"))
    return outcome(together)


def followed(name: str, records: Mapping[str, Any], hosts: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The names that records lead through, and the addresses at their end."""
    chain: list[str] = []
    addresses: list[str] = []
    ahead = [name]
    while ahead:
        here = ahead.pop(0)
        for answer in _flat(records.get(here, hosts.get(here, ()))):
            if _is_address(answer):
                addresses.append(answer)
            elif answer not in chain:
                chain.append(answer)
                ahead.append(answer)
    return chain, addresses


def _flat(answers: Any) -> list[str]:
    """Answers of one type or of several: a text, a list, ``{CNAME: ...}``, ``{A: [...], AAAA: [...]}``."""
    if isinstance(answers, Mapping):
        return [one for listed in answers.values() for one in _flat(listed)]
    if isinstance(answers, (list, tuple)):
        return [one for listed in answers for one in _flat(listed)]
    text = str(answers).strip()
    kind, _, rest = text.partition(" ")
    return [rest.strip() if kind.upper() in ("A", "AAAA", "CNAME", "ALIAS") and rest else text]


def _is_address(text: str) -> bool:
    return ":" in text or text.replace(".", "").isdigit()


def judged_aws(case: Case, world: World) -> Outcome:
    """Judge an ARN, a URL, an endpoint, or a resource by the facts that are given."""
    policy = world.policy(case.environment)
    if isinstance(case.input, str):
        if BARE.fullmatch(case.input):
            return outcome(_together(policy.judge_resource(Resource(one, case.input)) for one in BARE_SERVICES))
        return outcome(policy.judge_text(case.input, "aws"))
    given = case.fields({*RESOURCE_FIELDS, *TEXT_FIELDS, *ACCOUNT_FIELDS, "region", "service"})
    together = _together(policy.judge_text(str(given[name]), "aws") for name in TEXT_FIELDS if name in given)
    account = next((str(given[name]).replace("-", "") for name in ACCOUNT_FIELDS if name in given), "")
    named = [(service, str(given[name])) for name, service in RESOURCE_FIELDS.items() if name in given]
    for service, name in named or ([("", "")] if account else []):
        together += _held(policy, service or str(given.get("service", "")), name, account, str(given.get("region", "")))
    return outcome(together)


def _held(policy: Policy, service: str, name: str, account: str, region: str) -> Judgement:
    """A resource by its name; or, where a field holds an ARN or a URL, by that."""
    judgement = policy.judge_resource(Resource(service, name, account, region))
    return judgement + policy.judge_text(name, "aws") if ":" in name else judgement


def judged_credential(case: Case, world: World) -> Outcome:
    """Judge a credential, found in a variable of any name or written down as it is."""
    texts = [case.input]
    if not isinstance(case.input, str):
        given = case.fields({"value", "key", "token", "process_env", "variable", "name", "type"})
        texts = [given[name] for name in ("value", "key", "token") if name in given]
        texts += (given.get("process_env") or {}).values()
    if not texts:
        raise UnknownToTheRunner(f"{case.id}: there is no value")
    policy = world.policy(case.environment)
    return outcome(_together(policy.judge_credential(materialised(str(text))) for text in texts))


def scanned(files: Mapping[str, str], case: Case, world: World) -> Outcome:
    """Scan these files, each given by its content."""
    whole = {path: materialised(str(text)) for path, text in files.items()}
    findings = scan.scan_tree(whole, world.policy(case.environment)).findings
    return outcome(Judgement(tuple(Reason(item.code, item.verdict, item.rule) for item in findings)))
