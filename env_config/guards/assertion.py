"""The assertion layer: connection strings that only a server of this environment accepts.

The server itself refuses the login where its marker is missing, before any statement, through tunnels and sockets, and
for drivers that no hook in this process sees. Poolers that drop the option need ``assert: query`` in the book, and the
marker is read after connecting, see :mod:`env_config.guards.identity`.
"""

from __future__ import annotations

from .client_forms import RESERVED, arguments, connection_string, libpq_parameters, variables
from .login_errors import explain
from .startup_option import configuration_name, settings, startup_option, with_option

__all__ = [
    "RESERVED",
    "arguments",
    "configuration_name",
    "connection_string",
    "explain",
    "libpq_parameters",
    "settings",
    "startup_option",
    "variables",
    "with_option",
]
