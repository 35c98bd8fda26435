"""Where names lead when the book is compiled: the chain of canonical names, and the addresses at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ..canonical import parse_host
from ..errors import Refusal

_WORKERS = 32


class Resolution(NamedTuple):
    """What DNS says about a name: the names it leads through, and the IP addresses; empty if it says nothing."""

    chain: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


Resolve = Callable[[str], tuple[Iterable[str], Iterable[str]]]
"""Name to chain and addresses; raises OSError, or gives nothing, for a name that does not resolve."""


def system_resolve(name: str) -> Resolution:
    """Ask this machine's resolver for the canonical name, the aliases on the way, and all A and AAAA records."""
    import socket

    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    chain = [canonical for *_, canonical, _ in found if canonical]
    try:
        last, aliases, _ = socket.gethostbyname_ex(name)
        chain += [last, *aliases]
    except OSError:
        pass  # a name with IPv6 addresses only
    return Resolution(tuple(chain), tuple(str(address[0]) for *_, address in found))


def closures(names: Iterable[str], resolve: Resolve) -> dict[str, Resolution]:
    """The closure of every name, each asked once; the order of answers does not matter."""
    from concurrent.futures import ThreadPoolExecutor

    wanted = sorted(set(names))
    with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
        answers = pool.map(lambda name: _ask(name, resolve), wanted)
        return dict(zip(wanted, answers, strict=True))


def _ask(name: str, resolve: Resolve) -> Resolution:
    try:
        chain, addresses = resolve(name)
    except Refusal:
        raise  # a guard of this process said no, which is no answer of the resolver's
    except OSError:
        return Resolution()
    passed = {host for text in chain if (host := _canonical(text)) and host[0] != name}
    found = {address for text in addresses if (host := _canonical(text)) for address in host[1]}
    return Resolution(tuple(sorted(host for host, _ in passed)), tuple(sorted(found)))


def _canonical(text: str) -> tuple[str, tuple[str, ...]] | None:
    try:
        host = parse_host(text.partition("%")[0])
    except Refusal:
        return None
    return host.name, host.addresses


def unresolved(closure: Mapping[str, Resolution]) -> tuple[str, ...]:
    """The names that DNS said nothing about: where they lead is not proved."""
    return tuple(name for name, resolution in closure.items() if not resolution.addresses)
