"""Cases that run the library's command, or a process of several steps."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys

from env_config import cli
from env_config.codes import CODES
from env_config.verdict import DENY, REFUSE

from .corpus import Case, Outcome, UnknownToTheRunner, only
from .places import process_env, reaches, refused
from .world import World

ENTRY_FIELDS = {"host", "port", "database", "path", "user", "secret", "password", "options", "members"}
CODE = re.compile(rf"\b(?:{'|'.join(CODES)})\b")


def judged_export(case: Case, world: World) -> Outcome:
    """Run the command that is given; or compile a book with the value that is given."""
    if isinstance(case.input, str):
        return commanded(shlex.split(case.input), case, world)
    given = only(case.input, {*ENTRY_FIELDS, "command", "argv", "process_env", "value"}, case.id)
    command = given.get("command") or given.get("argv")
    if command:
        return commanded(command if isinstance(command, list) else shlex.split(command), case, world)
    source = world.changed()
    entry = source["services"]["social-care-db"]["environments"][case.environment]
    entry.update({name: given[name] for name in given if name in ENTRY_FIELDS})
    if "value" in given:
        entry["options"] = {"value": given["value"]}
    return refused(lambda: world.compiled(source))


def commanded(words: list[str], case: Case, world: World) -> Outcome:
    """Run the library's command in a process of the case's environment."""
    if words[:1] not in (["env-config"], ["env_config"]):
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
    code = CODE.search(ran.stderr) or CODE.search(ran.stdout)
    if code is None:
        raise AssertionError(f"{case.id}: exit {ran.returncode} without a code: {ran.stderr}")
    return Outcome(DENY if reaches(code[0]) else REFUSE, (code[0],))


def steps(case: Case, world: World) -> Outcome:
    """Run the steps of a process one after the other; ``resolve`` asks for the environment, the rest is Python."""
    program = [
        "import json, os",
        "import env_config",
        "from env_config import Refusal",
        "def resolve(): return env_config.environment().name",
        "try:",
        *(f"    {_step(str(step))}" for step in case.fields({"steps"})["steps"]),
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
        [sys.executable, "-c", "\n".join(program)],
        env=environ | process_env(case, world),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if ran.returncode:
        raise AssertionError(f"{case.id}: the steps ended with {ran.returncode}: {ran.stderr}")
    (code,) = json.loads(ran.stdout)
    if code == "OK":
        return Outcome("allow", ("OK",))
    return Outcome(DENY if reaches(code) else REFUSE, (code,))


def _step(step: str) -> str:
    """A step as Python: ``resolve``, ``resolve NAME`` (a service), ``import env_config``, or Python itself."""
    word, _, name = step.partition(" ")
    if word in ("resolve", "address", "lookup") and re.fullmatch(r"[a-z][a-z0-9-]*", name):
        return f"env_config.address({name!r})"
    return "resolve()" if step == "resolve" else step
