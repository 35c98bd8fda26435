"""A process of its own, as a service would start it: book configured, guards installed, then a piece of Python.

Run as ``python -m tests.env_config.threats.guarded`` with a job on stdin; the answer is one JSON line on stdout: the codes that
the guards recorded or raised, and whether the piece ran to its end.
"""

from __future__ import annotations

import json
import logging
import socket
import sys
from collections.abc import Mapping
from typing import Any


class _Codes(logging.Handler):
    """Keeps the codes of the audit lines."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        facts = json.loads(record.getMessage())
        self.codes.extend(facts.get("codes") or [facts["code"]])


def main() -> None:
    """Run one job."""
    job = json.load(sys.stdin)
    seen = _Codes()
    audit = logging.getLogger("env_config.audit")
    audit.addHandler(seen)
    audit.setLevel(logging.INFO)
    audit.propagate = False
    answer_names(job["hosts"])
    codes: list[str] = []
    finished = False
    try:
        import env_config

        env_config.configure(book=job["book"])
        env_config.install_guards()
        exec(compile(job["program"], "<case>", "exec"), {"__name__": "__case__"})  # noqa: S102 - the case is a program
        finished = True
    except BaseException as error:  # noqa: BLE001 - clients wrap refusals in exceptions of every kind
        codes = codes_of(error)
        if not codes and not seen.codes:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
    print(json.dumps({"codes": list(dict.fromkeys([*codes, *seen.codes])), "finished": finished}), flush=True)


def answer_names(hosts: Mapping[str, str]) -> None:
    """Names of the fixture resolve to its addresses, and are seen by audit hooks as any name is."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in hosts:
            sys.audit("socket.getaddrinfo", name, arguments[0] if arguments else options.get("port"), 0, 0, 0)
            return real(hosts[name], *arguments, **options)
        return real(host, *arguments, **options)

    socket.getaddrinfo = getaddrinfo


def codes_of(error: BaseException | None) -> list[str]:
    """The codes of the refusal behind an exception, through causes, contexts and what clients keep in attributes."""
    from env_config import Refusal

    seen: set[int] = set()
    ahead = [error]
    while ahead:
        one = ahead.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Refusal):
            return list(one.codes)
        others = [*one.args, getattr(one, "reason", None), getattr(one, "orig", None)]
        ahead += [one.__cause__, one.__context__, *(item for item in others if isinstance(item, BaseException))]
        ahead += getattr(one, "exceptions", ())
    return []


if __name__ == "__main__":
    main()
