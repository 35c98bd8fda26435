"""An address, in the form each client takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .book.model import Service
from .errors import TargetRefused, UsageRefused

_POSTGRESQL = frozenset({"postgresql", "redshift"})
_SCHEMES = {
    "http": "http",
    "https": "https",
    "grpc": "grpc",
    "redis": "redis",
    "rediss": "rediss",
    "amqp": "amqp",
    "amqps": "amqps",
    "mongodb": "mongodb",
    "mysql": "mysql",
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where one service is in the environment of this process.

    Attributes:
        service: the book's entry.
        environment: the environment it belongs to.
        read_only: every session has to be; only PostgreSQL's can.
    """

    service: Service
    environment: str
    read_only: bool = False

    def __post_init__(self) -> None:
        if self.read_only and self.service.kind != "postgresql":
            raise UsageRefused(
                f"nothing can hold a service of the kind {self.service.kind} to reading",
                code="USAGE",
                service=self.service.name,
                environment=self.environment,
                hint="ask for a grant to read and write, and say why in its reason",
            )

    @property
    def host(self) -> str:
        return self.service.host

    @property
    def port(self) -> int:
        """The port.

        Raises:
            UsageRefused: the service is a cloud resource without one.
        """
        if self.service.port is None:
            raise self._unfit("a port")
        return self.service.port

    @property
    def resource(self) -> str:
        """The bucket, queue, topic, table or ARN."""
        if not self.service.resource:
            raise self._unfit("a resource")
        return self.service.resource

    @property
    def secret(self) -> str:
        """The reference to the secret, such as ``ssm:/social-care/staging/postgres-password``; never its value."""
        return self.service.secret

    def url(self, path: str = "") -> str:
        """The URL of a path below the service's own.

        Args:
            path: such as ``/persons``, with its query if there is one.

        Raises:
            UsageRefused: the service has no URL.
            TargetRefused: AMBIGUOUS for a path that would lead to another host.
        """
        service = self.service
        if service.kind not in _SCHEMES:
            raise self._unfit("a URL")
        if path and (not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable()):
            raise TargetRefused(
                "a path begins with one slash and has no backslash and no control character",
                code="AMBIGUOUS",
                service=service.name,
                environment=self.environment,
                rule="url-path",
                hint='write it like url("/persons/1")',
            )
        default = {"http": 80, "https": 443}.get(service.kind)
        port = "" if service.port in (None, default) else f":{service.port}"
        host = f"[{service.host}]" if ":" in service.host else service.host
        base = service.path.rstrip("/") if path else service.path
        database = f"/{_quoted(service.database)}" if service.database and not service.path else ""
        query = f"{'' if database else '/'}?{_query(service.options)}" if service.options else ""
        return f"{_SCHEMES[service.kind]}://{host}{port}{base}{path}{database}{'' if path else query}"

    def kwargs(self, driver: str = "psycopg", **more: object) -> dict[str, object]:
        """The keyword arguments of a driver's ``connect``, with the assertion and the TLS check that the book asks for.

        Args:
            driver: ``psycopg``, ``psycopg2``, ``asyncpg``, ``pg8000``, ``mysqlclient``, ``pymysql``, ``redis``, ``pymongo``.
            more: further arguments, such as ``user`` and ``password``. Those that say where to connect are refused.

        Raises:
            UsageRefused: no such driver for this kind of service, or an argument that is the book's to give.
        """
        from .guards import assertion

        self._check_free(more)
        return {**assertion.arguments(self._entry(driver), self.environment, driver), **more}

    def dsn(self, driver: str = "psycopg", **more: object) -> str:
        """The connection string of a driver; it carries the assertion and the TLS check that the book asks for.

        Args:
            driver: as in :meth:`kwargs`, and ``sqlalchemy`` (or ``sqlalchemy+psycopg2`` …), ``jdbc``, ``npgsql``, ``adbc``.
            more: as in :meth:`kwargs`. A password belongs into an argument of the driver rather than into a string.

        Raises:
            UsageRefused: no such driver for this kind of service, or an argument that is the book's to give.
        """
        from .guards import assertion

        self._check_free(more)
        if self.service.kind not in _POSTGRESQL and self.service.kind in _SCHEMES:
            return self.url()
        return assertion.connection_string(
            self._entry(driver), self.environment, driver, {key: str(value) for key, value in more.items()}
        )

    def __str__(self) -> str:
        return f"{self.service.name} in {self.environment}"

    def _entry(self, driver: str) -> Service:
        """The book's entry, with the option that makes every session read only where that was granted."""
        if not self.read_only:
            return self.service
        if driver.partition("+")[0] in ("asyncpg", "pg8000"):
            raise self._unfit(f"read-only sessions of {driver}")
        options = dict(self.service.options)
        options["options"] = f"{options.get('options', '')} -c default_transaction_read_only=on".strip()
        return replace(self.service, options=options)

    def _check_free(self, more: Mapping[str, object]) -> None:
        """Refuse arguments that are the book's to give."""
        from .guards import assertion

        given = ({"dbname", "database", "db"} if self.service.database else set()) | assertion.RESERVED
        taken = sorted(given.intersection(more))
        if taken:
            raise UsageRefused(
                f"{', '.join(taken)} is given by the book",
                code="USAGE",
                service=self.service.name,
                environment=self.environment,
                hint="leave it out; pass only what the book does not say, such as user and password",
            )

    def _unfit(self, wanted: str) -> UsageRefused:
        return UsageRefused(
            f"a service of the kind {self.service.kind} has no such thing as {wanted}",
            code="USAGE",
            service=self.service.name,
            environment=self.environment,
            hint="see what it has: env-config resolve " + self.service.name,
        )


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def _query(options: Mapping[str, str]) -> str:
    from urllib.parse import urlencode

    return urlencode(sorted(options.items()))
