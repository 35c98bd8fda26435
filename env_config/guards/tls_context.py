"""A TLS context that checks the certificate for the name of the book, whatever host the client was told to connect to."""

from __future__ import annotations

import ssl
from typing import Any


class NamedContext(ssl.SSLContext):
    """Puts one name in the place of the host that a driver connects to, such as a tunnel's end on loopback."""

    expected: str

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        return super().wrap_socket(*arguments, **{**options, "server_hostname": self.expected})

    def wrap_bio(self, incoming: Any, outgoing: Any, server_side: bool = False, **options: Any) -> ssl.SSLObject:  # type: ignore[override]
        return super().wrap_bio(incoming, outgoing, server_side, **{**options, "server_hostname": self.expected})


def named_context(name: str | None, root: str | None) -> ssl.SSLContext:
    """A context for clients.

    Args:
        name: the host that the certificate must name; None encrypts without looking at the certificate.
        root: a file of trusted certificates; None or ``system`` trusts what the machine trusts.
    """
    if name is None:
        blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        blind.check_hostname = False
        blind.verify_mode = ssl.CERT_NONE
        return blind
    context = NamedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.expected = name
    if root in (None, "system"):
        context.load_default_certs()
    else:
        context.load_verify_locations(root)
    return context
