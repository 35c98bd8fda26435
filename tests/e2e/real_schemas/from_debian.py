"""Applications whose tables come in a Debian package: fetched and unpacked, never installed."""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.e2e.real_schemas.keeping import Unreachable, fetch, kept


@dataclass(frozen=True, slots=True)
class DebianApplication:
    """One application.

    Attributes:
        package: the binary package that holds the files.
        files: the files that make the tables, in the order that the application's own installer takes them.
    """

    package: str
    files: tuple[str, ...]

    def create(self, url: str) -> None:
        """Creates the application's tables, and whatever rows of its own come with them.

        Raises:
            Unreachable: the package cannot be fetched here.
        """
        folder = kept(f"debian-{self.package}", self._unpack)
        with psycopg.connect(url, autocommit=True) as connection:
            for name in self.files:
                # Without parameters a script of many statements is one call, and its own BEGIN and COMMIT count.
                connection.execute(_text(folder / "tree" / name).encode())

    def _unpack(self, folder: Path) -> None:
        try:
            fetch(["apt-get", "download", "-qq", self.package], folder=folder)
        except Unreachable:
            # A machine that has just been made knows no package until the lists have been fetched.
            if os.geteuid() != 0:
                raise
            fetch(["apt-get", "update", "-qq"], folder=folder)
            fetch(["apt-get", "download", "-qq", self.package], folder=folder)
        (archive,) = folder.glob("*.deb")
        fetch(["dpkg-deb", "-x", archive, folder / "tree"], folder=folder)
        archive.unlink()


def _text(path: Path) -> str:
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")


ZABBIX = DebianApplication("zabbix-server-pgsql", ("usr/share/zabbix-server-pgsql/schema.sql.gz",))
MEDIAWIKI = DebianApplication(
    "mediawiki",
    (
        "usr/share/mediawiki/maintenance/postgres/tables-generated.sql",
        "usr/share/mediawiki/maintenance/postgres/tables.sql",
    ),
)
BACULA = DebianApplication(
    "bacula-director-pgsql", ("usr/share/dbconfig-common/data/bacula-director-pgsql/install/pgsql",)
)
TT_RSS = DebianApplication("tt-rss", ("usr/share/dbconfig-common/data/tt-rss/install/pgsql",))
ROUNDCUBE = DebianApplication("roundcube-core", ("usr/share/dbconfig-common/data/roundcube/install/pgsql",))
