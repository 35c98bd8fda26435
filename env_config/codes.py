"""Every reason there is for refusing, warning or allowing, with what it means and what a person can do."""

from __future__ import annotations

CODES: dict[str, tuple[str, str]] = {
    "OK": ("nothing speaks against it", ""),
    # which environment
    "ENV_UNSET": (
        "ENV_CONFIG_ENVIRONMENT is not set",
        "set ENV_CONFIG_ENVIRONMENT to the environment this process belongs to; there is no default",
    ),
    "ENV_UNKNOWN": ("the name means no environment of the book", "use a name or an alias that the book lists"),
    "ENV_CONFLICT": (
        "two sources name different environments",
        "find out which one is wrong; `env-config which` lists the evidence",
    ),
    "ENV_UNATTESTED": (
        "nothing proves the environment that was declared",
        "run it where the platform attests it, or deploy through CI so that a stamp is there",
    ),
    # where an address leads
    "PROD_EXACT": ("the address belongs to production", 'ask for the service by name: address("...")'),
    "PROD_WILDCARD": ("the name lies under a domain of production", 'ask for the service by name: address("...")'),
    "PROD_CIDR": ("the address lies in a network of production", 'ask for the service by name: address("...")'),
    "PROD_RESOURCE": ("the cloud resource belongs to production", "use the resource of this environment"),
    "PROD_DNS": ("the name leads to production", "mend the DNS record, then compile the book again"),
    "PROD_CREDENTIAL": ("the credential is a live one", "use a test credential, and rotate the live one"),
    "PEER_PROD": ("the other end of the connection is production", "find out who sent the client there"),
    "AMBIGUOUS": (
        "clients disagree about where this leads",
        "write it in the plain form that every client reads alike",
    ),
    "SHORT_NAME": (
        "a name without a domain means another host on another machine",
        "write the full name, or declare the service in the book",
    ),
    "MULTI_HOST": (
        "one string names hosts that do not belong together",
        "name one host, or hosts of this environment only, each with its port",
    ),
    "AMBIENT": ("a variable of this process leads to production", "unset the variable in this terminal or job"),
    "UNDECLARED": ("the book of this environment does not have it", "declare it in the book and compile it again"),
    "STAGELESS_KEY": ("the key has no stage, so every stage shares its value", "put the stage into the path"),
    # who the server says it is
    "TLS_NAME": ("the certificate names another host", "connect to the host that the book names, with verify-full"),
    "ASSERTION_REFUSED": (
        "the server does not carry the marker of this environment",
        "check where the connection leads; if it is right, its owner runs `env-config stamp`",
    ),
    "IDENTITY_PROD": ("the server says that it is production", "check tunnels, port-forwards and proxies"),
    "IDENTITY_CLONE": (
        "the server is a copy of production",
        "sanitise the data, then let its owner run `env-config stamp`",
    ),
    "IDENTITY_UNKNOWN": (
        "the server does not say which environment it belongs to",
        "let its owner run `env-config stamp`",
    ),
    # the book
    "BOOK_MISSING": (
        "there is no book to look into",
        "set ENV_CONFIG_BOOK to the folder of compiled books, or call env_config.configure(book=...)",
    ),
    "BOOK_INVALID": ("the book breaks one of its own rules", "mend the line that is named"),
    "BOOK_STALE": ("the book is out of date", "compile it again; look at what its review dates say"),
    "BOOK_SIGNATURE": ("the book is not what its author signed", "compile and sign it again; trust nothing in between"),
    # overrides
    "OVERRIDE_EXPIRED": ("the grant is not valid now", "ask for a new one if the need is still there"),
    "OVERRIDE_SCOPE": ("the grant is for something else", "ask for one that names this service and this use"),
    "OVERRIDE_UNJUSTIFIED": ("the grant has no reason or no ticket", "ask for one that says why"),
    "OVERRIDE_SIGNATURE": ("nobody who may grant has signed it", "let CI or a second person sign the grant"),
    # the guards themselves
    "GUARD_INACTIVE": ("a guard does not bite", "run `env-config doctor`; do not go on without the guard"),
    # how the tools were called
    "USAGE": ("the call does not say what it needs", "see the command's --help"),
}
"""Code: what it means, and the next step. Codes are stable; words may change."""
