"""What stands between a client and a server: forwarders that play tunnels, TLS front ends, a pooler."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

_SSL_REQUEST, _GSS_REQUEST = 80877103, 80877104


class Acceptor:
    """Accepts on one loopback address and serves each client in a thread of its own.

    Attributes:
        accepted: how many clients came.
    """

    def __init__(self, host: str) -> None:
        self.host, self.port, self.accepted = host, 0, 0
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server((self.host, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        """Handle one client until it leaves."""
        raise NotImplementedError


class Forwarder(Acceptor):
    """Passes everything on to another address, as a tunnel does.

    With ``certificate`` it ends TLS the way PostgreSQL's protocol asks for it, and speaks plainly to the server behind.
    """

    def __init__(
        self, host: str, port: int, *, listen: str = "127.0.0.1", certificate: tuple[Path, Path] | None = None
    ) -> None:
        super().__init__(listen)
        self.target = (host, port)
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*certificate)

    def serve(self, client: socket.socket) -> None:
        """Connect to the target and pass bytes both ways."""
        self._open.append(client)
        with contextlib.suppress(OSError):
            front, first = (client, b"") if self._context is None else self._secured(client, self._context)
            server = socket.create_connection(self.target, timeout=30)
            self._open += [front, server]
            server.sendall(first)
            threading.Thread(target=_pump, args=(server, front), daemon=True).start()
            _pump(front, server)

    @staticmethod
    def _secured(client: socket.socket, context: ssl.SSLContext) -> tuple[socket.socket, bytes]:
        """Answer the requests that come before PostgreSQL's start-up message."""
        while True:
            head = client.recv(8, socket.MSG_WAITALL)
            code = struct.unpack("!II", head)[1] if len(head) == 8 else 0
            if code == _GSS_REQUEST:
                client.sendall(b"N")
            elif code == _SSL_REQUEST:
                client.sendall(b"S")
                return context.wrap_socket(client, server_side=True), b""
            else:
                return client, head


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that vouches for one host name, and its key; clients trust it as their root."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / f"{name}.crt", folder / f"{name}.key"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    return public, private


@contextmanager
def pooler(host: str, port: int, folder: Path, *, users: Sequence[str], ignore_options: bool = False) -> Iterator[int]:
    """PgBouncer in front of a server, and its port on 127.0.0.1; skips where the program is not installed.

    Args:
        host: of the server behind.
        port: of the server behind.
        folder: a folder of the account that may run servers.
        users: the logins it lets through.
        ignore_options: it drops what the client asks for at start-up instead of refusing to know it.
    """
    found = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip("PgBouncer is not installed")
    from tests.env_config.servers import free_port

    own = free_port("127.0.0.1")
    (folder / "users.txt").write_text("".join(f'"{user}" ""\n' for user in users), encoding="utf-8")
    settings = [
        "[databases]", f"* = host={host} port={port}",
        "[pgbouncer]", "listen_addr = 127.0.0.1", f"listen_port = {own}", "unix_socket_dir =", "auth_type = trust",
        f"auth_file = {folder / 'users.txt'}", f"logfile = {folder / 'pgbouncer.log'}", "server_tls_sslmode = disable",
        *(["ignore_startup_parameters = options,extra_float_digits"] if ignore_options else []),
    ]  # fmt: skip
    (folder / "pgbouncer.ini").write_text("\n".join(settings) + "\n", encoding="utf-8")
    owner = folder.stat()
    account = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    command = [found, "-q", str(folder / "pgbouncer.ini")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **account)  # type: ignore[call-overload]
    try:
        wait_for("127.0.0.1", own, process)
        yield own
    finally:
        process.terminate()
        process.wait(30)


def wait_for(host: str, port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until something answers, or the process that should has ended."""
    limit = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < limit:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing answers at {host}:{port}; exit code {process.poll()}")
