"""Every way by which a client gets a connection that can be tried on this machine.

Each function tries to reach a host and a port, with whatever its library does; how it fails does not matter, because the
listener counts. Run as a program inside a guarded tree this tries all of them::

    python -m tests.env_config.client_paths '{"socket": [[host, port], …], …}'
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Attempt = Callable[[str, int], object]
PATIENCE = 2
GIVE_UP = 60
DATAGRAM = b"x"


@dataclass(frozen=True)
class ClientPath:
    """One way.

    Attributes:
        name: for the report.
        attempt: tries to reach a host and a port.
        modules: Python modules that it needs.
        programs: programs that it needs.
        udp: it sends datagrams.
        preload: a preloaded library sees it.
    """

    name: str
    attempt: Attempt
    modules: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    udp: bool = False
    preload: bool = True

    @property
    def missing(self) -> str:
        """Why it cannot be tried here, or an empty string."""
        modules = [name for name in self.modules if importlib.util.find_spec(name) is None]
        programs = [name for name in self.programs if shutil.which(name) is None]
        return ", ".join([f"module {name}" for name in modules] + [f"program {name}" for name in programs])


PATHS: dict[str, ClientPath] = {}
NOT_TRIED = {
    "duckdb": "its network extensions are downloaded when first used, which needs the internet",
    "jdbc": "no JDBC driver is installed; Java's own sockets stand for it",
}


def client(
    name: str, *modules: str, programs: tuple[str, ...] = (), udp: bool = False, preload: bool = True
) -> Callable[[Attempt], Attempt]:
    """Registers a way under a name."""

    def register(attempt: Attempt) -> Attempt:
        PATHS[name] = ClientPath(name, attempt, modules, programs, udp, preload)
        return attempt

    return register


# ------------------------------------------------------------------------------------------------- the standard library


@client("socket")
def _(host: str, port: int) -> object:
    import socket

    return socket.socket().connect((host, port))


@client("_socket")
def _(host: str, port: int) -> object:
    import _socket

    return _socket.socket().connect((host, port))


@client("connect_ex")
def _(host: str, port: int) -> object:
    import socket

    return socket.socket().connect_ex((host, port))


@client("IPv4 in IPv6")
def _(host: str, port: int) -> object:
    import socket

    return socket.socket(socket.AF_INET6).connect((f"::ffff:{host}", port))


@client("TCP fast open")
def _(host: str, port: int) -> object:
    import socket

    return socket.socket().sendto(DATAGRAM, socket.MSG_FASTOPEN, (host, port))


@client("asyncio")
def _(host: str, port: int) -> object:
    import asyncio

    return asyncio.run(_open(host, port))


@client("urllib")
def _(host: str, port: int) -> object:
    from urllib.request import urlopen

    return urlopen(f"http://{host}:{port}/", timeout=PATIENCE)


@client("http.client")
def _(host: str, port: int) -> object:
    from http.client import HTTPConnection

    return HTTPConnection(host, port, timeout=PATIENCE).request("GET", "/")


@client("smtplib")
def _(host: str, port: int) -> object:
    import smtplib

    return smtplib.SMTP(host, port, timeout=PATIENCE)


@client("UDP sendto", udp=True)
def _(host: str, port: int) -> object:
    import socket

    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(DATAGRAM, (host, port))


@client("UDP sendmsg", udp=True)
def _(host: str, port: int) -> object:
    import socket

    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([DATAGRAM], [], 0, (host, port))


@client("UDP connect and send", udp=True)
def _(host: str, port: int) -> object:
    import socket

    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.connect((host, port))
    return end.send(DATAGRAM)


@client("UDP without a family", "ctypes", udp=True)
def _(host: str, port: int) -> object:
    import ctypes
    import socket

    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    raw = bytes(2) + _sockaddr(host, port)[2:]
    return ctypes.CDLL(None).sendto(end.fileno(), DATAGRAM, 1, 0, raw, len(raw))


@client("UDP sendmmsg", "ctypes", udp=True)
def _(host: str, port: int) -> object:
    import ctypes
    import socket
    import struct

    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    name, data = ctypes.create_string_buffer(_sockaddr(host, port), 16), ctypes.create_string_buffer(DATAGRAM, 1)
    vector = ctypes.create_string_buffer(struct.pack("=QQ", ctypes.addressof(data), 1), 16)
    one = struct.pack("=QIIQQQQQ", ctypes.addressof(name), 16, 0, ctypes.addressof(vector), 1, 0, 0, 0)
    return ctypes.CDLL(None).sendmmsg(end.fileno(), ctypes.create_string_buffer(one, 64), 1, 0)


# ------------------------------------------------------------------------------------------------------ other processes


@client("forked child")
def _(host: str, port: int) -> object:
    import socket

    child = os.fork()
    if child == 0:
        try:
            socket.socket().connect((host, port))
        finally:
            os._exit(0)
    return os.waitpid(child, 0)


@client("multiprocessing spawn")
def _(host: str, port: int) -> object:
    return _multiprocessing("spawn", host, port)


@client("multiprocessing forkserver")
def _(host: str, port: int) -> object:
    return _multiprocessing("forkserver", host, port)


@client("python -I", programs=("sh",))
def _(host: str, port: int) -> object:
    code = f"import socket; socket.socket().connect(({host!r}, {port}))"
    return _program(sys.executable, "-I", "-S", "-c", code)


@client("psql", programs=("psql",))
def _(host: str, port: int) -> object:
    return _program("psql", f"host={host} port={port} user=u connect_timeout={PATIENCE}", "-c", "select 1")


@client("pg_dump", programs=("pg_dump",))
def _(host: str, port: int) -> object:
    return _program("pg_dump", f"host={host} port={port} user=u connect_timeout={PATIENCE}")


@client("curl", programs=("curl",))
def _(host: str, port: int) -> object:
    return _program("curl", "--max-time", str(PATIENCE), f"http://{host}:{port}/")


@client("ctypes connect", "ctypes")
def _(host: str, port: int) -> object:
    import ctypes
    import socket

    end, raw = socket.socket(), _sockaddr(host, port)
    return ctypes.CDLL(None).connect(end.fileno(), raw, len(raw))


@client("subinterpreter")
def _(host: str, port: int) -> object:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        import _interpreters as interpreters

    made = interpreters.create()
    return interpreters.run_string(made, f"import _socket; _socket.socket().connect(({host!r}, {port}))")


@client("Node.js", programs=("node",))
def _(host: str, port: int) -> object:
    return _program("node", "-e", f"require('net').connect({port}, '{host}').on('error', () => 0)")


@client("Java", programs=("java", "javac"))
def _(host: str, port: int) -> object:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "Client.java"
        call = f'new java.net.Socket("{host}", {port})'
        source.write_text(f"class Client {{ public static void main(String[] a) throws Exception {{ {call}; }} }}")
        return _program("java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", str(source))


@client("dynamic C program", programs=("cc",))
def _(host: str, port: int) -> object:
    return _compiled(host, port)


@client("static C program", programs=("cc",), preload=False)
def _(host: str, port: int) -> object:
    return _compiled(host, port, "-static")


# ------------------------------------------------------------------------------------------------------------------ HTTP


@client("requests", "requests")
def _(host: str, port: int) -> object:
    import requests

    return requests.get(f"http://{host}:{port}/", timeout=PATIENCE)


@client("httpx", "httpx")
def _(host: str, port: int) -> object:
    import httpx

    return httpx.get(f"http://{host}:{port}/", timeout=PATIENCE)


@client("aiohttp", "aiohttp")
def _(host: str, port: int) -> object:
    import asyncio

    return asyncio.run(_aiohttp(host, port))


@client("aiohttp on uvloop", "aiohttp", "uvloop")
def _(host: str, port: int) -> object:
    import uvloop

    return uvloop.run(_aiohttp(host, port))


@client("asyncio on uvloop", "uvloop")
def _(host: str, port: int) -> object:
    import uvloop

    return uvloop.run(_open(host, port))


@client("gevent", "gevent")
def _(host: str, port: int) -> object:
    from gevent import socket

    return socket.create_connection((host, port), PATIENCE)


@client("pycurl", "pycurl")
def _(host: str, port: int) -> object:
    import pycurl

    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, f"http://{host}:{port}/")
    handle.setopt(pycurl.TIMEOUT, PATIENCE)
    return handle.perform()


@client("curl_cffi", "curl_cffi")
def _(host: str, port: int) -> object:
    from curl_cffi import requests

    return requests.get(f"http://{host}:{port}/", timeout=PATIENCE)


@client("gRPC", "grpc")
def _(host: str, port: int) -> object:
    import grpc

    return grpc.channel_ready_future(grpc.insecure_channel(f"{host}:{port}")).result(timeout=PATIENCE)


@client("boto3", "boto3")
def _(host: str, port: int) -> object:
    import boto3
    from botocore.config import Config

    config = Config(retries={"max_attempts": 0}, connect_timeout=PATIENCE, read_timeout=PATIENCE)
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-west-2"}
    return boto3.client("s3", endpoint_url=f"http://{host}:{port}", config=config, **keys).list_buckets()


@client("PyArrow S3", "pyarrow")
def _(host: str, port: int) -> object:
    from pyarrow import fs

    place: Any = {"endpoint_override": f"{host}:{port}", "scheme": "http", "region": "eu-west-2"}
    patience: Any = {"connect_timeout": PATIENCE, "request_timeout": PATIENCE}
    keys: Any = {"access_key": "a", "secret_key": "b"}
    retry = fs.AwsStandardS3RetryStrategy(max_attempts=1)
    return fs.S3FileSystem(**place, **patience, **keys, retry_strategy=retry).get_file_info("bucket/key")


@client("PyArrow Flight", "pyarrow")
def _(host: str, port: int) -> object:
    from pyarrow import flight

    options = flight.FlightCallOptions(timeout=PATIENCE)
    return list(flight.connect((host, port)).list_flights(options=options))


# ------------------------------------------------------------------------------------------------------------ databases


@client("psycopg by number", "psycopg")
def _(host: str, port: int) -> object:
    import psycopg

    return psycopg.connect(_dsn(host, port))


@client("psycopg by name", "psycopg")
def _(host: str, port: int) -> object:
    import psycopg

    # A spelling that only the resolver understands: psycopg takes it for a name.
    return psycopg.connect(_dsn(host.replace(".0.0.", "."), port))


@client("psycopg async", "psycopg")
def _(host: str, port: int) -> object:
    import asyncio

    import psycopg

    async def connect() -> None:
        await psycopg.AsyncConnection.connect(_dsn(host, port))

    return asyncio.run(connect())


@client("psycopg2", "psycopg2")
def _(host: str, port: int) -> object:
    import psycopg2

    return psycopg2.connect(_dsn(host, port))


@client("SQLAlchemy", "sqlalchemy", "psycopg")
def _(host: str, port: int) -> object:
    import sqlalchemy

    return sqlalchemy.create_engine(f"postgresql+psycopg://u:p@{host}:{port}/d").connect()


@client("asyncpg", "asyncpg")
def _(host: str, port: int) -> object:
    import asyncio

    return asyncio.run(_asyncpg(host, port))


@client("asyncpg on uvloop", "asyncpg", "uvloop")
def _(host: str, port: int) -> object:
    import uvloop

    return uvloop.run(_asyncpg(host, port))


@client("pg8000", "pg8000")
def _(host: str, port: int) -> object:
    import pg8000.native

    return pg8000.native.Connection("u", host=host, port=port, password="p", timeout=PATIENCE)


@client("ADBC PostgreSQL", "adbc_driver_postgresql", "adbc_driver_manager")
def _(host: str, port: int) -> object:
    from adbc_driver_postgresql import dbapi

    return dbapi.connect(f"postgresql://u:p@{host}:{port}/d?connect_timeout={PATIENCE}")


@client("PyMySQL", "pymysql")
def _(host: str, port: int) -> object:
    import pymysql

    return pymysql.connect(host=host, port=port, user="u", password="p", connect_timeout=PATIENCE)


@client("mysqlclient", "MySQLdb")
def _(host: str, port: int) -> object:
    import MySQLdb

    return MySQLdb.connect(host=host, port=port, user="u", password="p", connect_timeout=PATIENCE)


@client("redis", "redis")
def _(host: str, port: int) -> object:
    import redis

    return redis.Redis(host, port, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE).ping()


@client("pymongo", "pymongo")
def _(host: str, port: int) -> object:
    import pymongo

    return pymongo.MongoClient(host, port, serverSelectionTimeoutMS=1_000 * PATIENCE).admin.command("ping")


# -------------------------------------------------------------------------------------------------------- what they share


async def _open(host: str, port: int) -> object:
    import asyncio

    return await asyncio.open_connection(host, port)


async def _aiohttp(host: str, port: int) -> object:
    import aiohttp

    async with aiohttp.ClientSession() as session, session.get(f"http://{host}:{port}/") as answer:
        return answer.status


async def _asyncpg(host: str, port: int) -> object:
    import asyncpg

    return await asyncpg.connect(
        host=host, port=port, user="u", password="p", database="d", ssl=False, timeout=PATIENCE
    )


def _dsn(host: str, port: int) -> str:
    return f"host={host} port={port} user=u password=p dbname=d connect_timeout={PATIENCE}"


def _sockaddr(host: str, port: int) -> bytes:
    import socket
    import struct

    return struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(host) + bytes(8)


def _multiprocessing(method: str, host: str, port: int) -> object:
    import multiprocessing

    process = multiprocessing.get_context(method).Process(target=_connect, args=(host, port))
    process.start()
    return process.join()


def _connect(host: str, port: int) -> None:
    import socket

    socket.socket().connect((host, port))


def _program(*command: str) -> object:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=GIVE_UP, check=False)


C_PROGRAM = """
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
int main(int count, char **words)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(atoi(words[2]))};
    inet_aton(words[1], &place.sin_addr);
    return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&place, sizeof place) ? 1 : 0;
}
"""


def _compiled(host: str, port: int, *options: str) -> object:
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder) / "client.c", Path(folder) / "client"
        source.write_text(C_PROGRAM)
        subprocess.run(["cc", *options, "-o", str(program), str(source)], check=True, timeout=GIVE_UP)
        return _program(str(program), host, str(port))


def try_one(name: str, places: Sequence[tuple[str, int]]) -> None:
    """Try one way for each place in turn; a failure at one does not keep it from the next."""
    for host, port in places:
        try:
            PATHS[name].attempt(host, port)
        except Exception as error:  # noqa: BLE001 - every library has its own; the listener counts
            print(f"{name} to {host}: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)


def try_all(places: Mapping[str, Sequence[tuple[str, int]]]) -> None:
    """Each way in a process of its own, two at a time."""

    def start(name: str) -> None:
        command = [sys.executable, "-m", __spec__.name, json.dumps({name: places[name]})]
        try:
            subprocess.run(command, timeout=GIVE_UP, check=False)
        except subprocess.TimeoutExpired:
            print(f"{name} did not end", file=sys.stderr)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(start, places))


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    if len(asked) == 1:
        try_one(*next(iter(asked.items())))
        sys.stderr.flush()
        os._exit(0)  # threads of a client that still tries must not keep the others waiting
    try_all(asked)
