"""Cases on the wire: referrals, proxies, redirects and restored data, with real clients in a guarded process.

Production is a listener that counts; a case is refused when it counted nobody.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from env_config.verdict import DENY
from tests.env_config.listeners import PRODUCTION, STAGING, Listener

from . import places
from .corpus import Case, Outcome, UnknownToTheRunner
from .referrals import MongoServer, Redirecting, RedisServer
from .world import World

CLIENTS = {
    "urllib": "import urllib.request\nurllib.request.urlopen({url!r}, timeout=5).read()",
    "requests": "import requests\nrequests.get({url!r}, timeout=5)",
    "httpx": "import httpx\nhttpx.get({url!r}, timeout=5, follow_redirects=True)",
}

SENTINEL = (
    "from redis.sentinel import Sentinel\n"
    "Sentinel([({host!r}, {port})], sentinel_kwargs={{'protocol': 2}}, protocol=2).master_for('mymaster').ping()"
)
CLUSTER = "from redis.cluster import RedisCluster\nRedisCluster(host={host!r}, port={port}, protocol=2).ping()"
ON_THE_WAY = frozenset(
    {"redirect", "redirects_to", "redirect_to", "location", "proxy", "response", "request", "process_env"}
)


def guarded(
    program: str, world: World, environment: str, environ: dict[str, str] | None = None
) -> tuple[list[str], bool]:
    """Run Python in a guarded process; the codes that were seen, and whether it ran to its end."""
    job = {"book": str(world.sealed()), "hosts": world.hosts, "program": program}
    variables = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "ENV_CONFIG_ENVIRONMENT": environment,
        **(environ or {}),
    }
    ran = subprocess.run(
        [sys.executable, "-m", "tests.env_config.threats.guarded"],
        input=json.dumps(job),
        env=variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if ran.returncode or not ran.stdout.strip():
        raise AssertionError(f"the guarded process ended with {ran.returncode}: {ran.stderr}")
    answer = json.loads(ran.stdout.splitlines()[-1])
    if not answer["codes"] and not answer["finished"]:
        raise AssertionError(f"the program failed for another reason than a refusal: {ran.stderr}")
    return answer["codes"], answer["finished"]


def outcome(codes: list[str], reached: int) -> Outcome:
    """Denied, if there are codes and production counted nobody."""
    if reached:
        raise AssertionError(f"production was reached {reached} times; codes {codes}")
    return Outcome(DENY, tuple(codes)) if codes else Outcome("allow", ("OK",))


def referred(case: Case, world: World) -> Outcome:
    """A server of staging sends its client to production."""
    known = {
        "sentinel",
        "master",
        "seed",
        "hosts",
        "bootstrap",
        "advertised",
        "cluster",
        "moved",
        "node",
        "srv",
        "brokers",
    }
    given = case.fields(known)
    if "srv" in given:
        names = [str(host).rpartition(":")[0] or str(host) for host in given.get("hosts", ())]
        return places.outcome(world.policy(case.environment).judge_resolution(str(given["srv"]), names, ()))
    with ExitStack() as stack:
        production = stack.enter_context(Listener(PRODUCTION))
        place = (PRODUCTION, production.port)
        if case.kind == "mongo":
            members = stack.enter_context(MongoServer(STAGING, others=[f"{PRODUCTION}:{production.port}"]))
            program = (
                "from pymongo import MongoClient\n"
                f"MongoClient('mongodb://{STAGING}:{members.port}/?replicaSet=rs', serverSelectionTimeoutMS=1500,"
                " connectTimeoutMS=1000).admin.command('ping')"
            )
        else:
            server = stack.enter_context(RedisServer(STAGING, master=place))
            program = (SENTINEL if "sentinel" in given else CLUSTER).format(host=STAGING, port=server.port)
        codes, _ = guarded(program, world, case.environment)
        production.settle()
        return outcome(codes, production.accepted)


def requested(case: Case, world: World) -> Outcome:
    """HTTP clients, through the proxy of their variables or after a redirect; the strictest client's answer counts."""
    if isinstance(case.input, str):
        return places.judged_text(replace(case, kind="url"), world)
    given = case.fields({"process_env", "request", "url", "get", "status", "headers", "response", *ON_THE_WAY})
    url = next((str(given[name]) for name in ("request", "url", "get") if name in given), "")
    target = _target(given)
    environ = {name: str(value) for name, value in (given.get("process_env") or {}).items()}
    environ |= {name: str(value) for name, value in (case.given.get("process_env") or {}).items()}
    if "proxy" in given:
        environ["HTTP_PROXY"] = str(given["proxy"])
    environ |= {name.lower(): value for name, value in environ.items() if name.endswith("_PROXY")}
    if not url and target is None:
        raise UnknownToTheRunner(f"{case.id}: nothing is requested")
    answers = []
    for program in CLIENTS.values():
        with ExitStack() as stack:
            production = stack.enter_context(Listener(PRODUCTION))
            if target:
                hop = stack.enter_context(Redirecting(STAGING, _with_port(str(target), production.port)))
                url = f"http://{STAGING}:{hop.port}/"
            proxy = stack.enter_context(Listener(STAGING, reply=b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
            here = {
                name: _with_port(value, proxy.port) if "PROXY" in name.upper() else value
                for name, value in environ.items()
            }
            codes, _ = guarded(program.format(url=url), world, case.environment, here)
            production.settle()
            answers.append(outcome(codes, production.accepted + proxy.accepted * bool(codes)))
    return _agreed(case, answers)


def _target(given: Mapping[str, Any]) -> Any:
    """Where an answer sends the client."""
    response = given.get("response") or {}
    for said in (given, given.get("headers") or {}, response, response.get("headers") or {}):
        for name in ("redirect", "redirects_to", "redirect_to", "location", "Location"):
            if name in said:
                return said[name]
    return None


def restored(case: Case, world: World) -> Outcome:
    """A row of restored data holds an address, and the application calls it."""
    given = case.fields({"table", "row", "column", "value"})
    cells = [*given.get("row", {}).values(), given.get("value")]
    urls = [value for value in cells if isinstance(value, str) and "://" in value]
    if not urls:
        raise UnknownToTheRunner(f"{case.id}: no address in the row")
    answers = []
    for program in CLIENTS.values():
        codes, _ = guarded(program.format(url=urls[0]), world, case.environment)
        answers.append(outcome(codes, 0))
    return _agreed(case, answers)


def _with_port(url: str, port: int) -> str:
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.partition(':')[0]}:{port}{slash}{path}"


def _agreed(case: Case, answers: list[Any]) -> Outcome:
    verdicts = {answer.verdict for answer in answers}
    if len(verdicts) > 1:
        raise AssertionError(f"{case.id}: clients differ: {answers}")
    shared = set.intersection(*(set(answer.codes) for answer in answers))
    return Outcome(answers[0].verdict, tuple(code for code in answers[0].codes if code in shared))
