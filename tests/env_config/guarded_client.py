"""One client library in a process of its own, guarded as a staging process is; what came of it is printed as JSON.

Audit hooks stay for as long as the process lives, so no test may install one in pytest's own:
``python -m tests.env_config.guarded_client CLIENT [--first] [--mode MODE] HOST PORT...``. With ``--first`` the guards come
before the client library is imported, otherwise after.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import socket
from collections.abc import Callable
from typing import Any

from env_config.errors import Refusal
from tests.env_config.books import corpus_book

Client = Callable[[str, int], object]
CLIENTS: dict[str, tuple[tuple[str, ...], Client]] = {}
"""Name: the modules it needs, and a function that tries to reach (host, port)."""


def client(*modules: str) -> Callable[[Client], Client]:
    """Register a function under its own name."""

    def register(function: Client) -> Client:
        CLIENTS[function.__name__] = modules, function
        return function

    return register


# ------------------------------------------------------------------------------------------------ seen by the audit hook


@client()
def socket_connect(host: str, port: int) -> None:
    with socket.socket() as sock:
        sock.settimeout(1)
        sock.connect((host, port))


@client()
def socket_connect_ex(host: str, port: int) -> None:
    with socket.socket() as sock:
        sock.connect_ex((host, port))


@client()
def c_socket(host: str, port: int) -> None:
    import _socket

    sock = _socket.socket()
    sock.connect((host, port))
    sock.close()


@client()
def socket_ipv6_mapped(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6) as sock:
        sock.connect((f"::ffff:{host}", port, 0, 0))


@client()
def udp_sendto(host: str, port: int) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", (host, port))


@client()
def udp_sendmsg(host: str, port: int) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendmsg([b"x"], [], 0, (host, port))


@client()
def asyncio_stream(host: str, port: int) -> None:
    asyncio.run(asyncio.wait_for(asyncio.open_connection(host, port), 2))


@client()
def forked_child(host: str, port: int) -> None:
    import multiprocessing

    _in_child(multiprocessing.get_context("fork"), host, port)


@client()
def spawned_child(host: str, port: int) -> None:
    import multiprocessing

    _in_child(multiprocessing.get_context("spawn"), host, port)


@client()
def forkserver_child(host: str, port: int) -> None:
    import multiprocessing

    _in_child(multiprocessing.get_context("forkserver"), host, port)


def _in_child(context: Any, host: str, port: int) -> None:
    """The child sends what happened to it back."""
    here, there = context.Pipe()
    process = context.Process(target=_child, args=(there, host, port))
    process.start()
    there.close()
    try:
        error = here.recv()
    finally:
        process.join(20)
    if error is not None:
        raise error


def _child(pipe: Any, host: str, port: int) -> None:
    try:
        socket_connect(host, port)
        pipe.send(None)
    except Exception as error:  # noqa: BLE001 - sent to the parent, which raises it
        pipe.send(error)


@client("gevent")
def gevent_socket(host: str, port: int) -> None:
    from gevent import socket as green

    sock = green.socket()
    sock.settimeout(1)
    sock.connect((host, port))
    sock.close()


@client("pg8000")
def pg8000(host: str, port: int) -> None:
    import pg8000.native

    pg8000.native.Connection("app", host=host, port=port, timeout=1)


@client()
def smtplib(host: str, port: int) -> None:
    import smtplib as library

    library.SMTP(host, port, timeout=1)


# --------------------------------------------------------------------------------------------------------------- wrapped


@client("psycopg")
def psycopg(host: str, port: int) -> None:
    import psycopg as library

    library.connect(host=host, port=port, user="app", dbname="x", connect_timeout=2)


@client("psycopg")
def psycopg_dsn(host: str, port: int) -> None:
    import psycopg as library

    library.connect(f"postgresql://app@{host}:{port}/x?connect_timeout=2")


@client("psycopg")
def psycopg_async(host: str, port: int) -> None:
    import psycopg as library

    asyncio.run(library.AsyncConnection.connect(host=host, port=port, user="app", connect_timeout=2))


@client("psycopg")
def psycopg_pghost(host: str, port: int) -> None:
    import os

    import psycopg as library

    os.environ.update(PGHOST=host, PGPORT=str(port))
    library.connect(user="app", connect_timeout=2)


@client("psycopg2")
def psycopg2(host: str, port: int) -> None:
    import psycopg2 as library

    library.connect(host=host, port=port, user="app", dbname="x", connect_timeout=2)


@client("psycopg2")
def psycopg2_hostaddr(host: str, port: int) -> None:
    import psycopg2 as library

    library.connect(f"host=stage-db.hackney.test hostaddr={host} port={port} user=app connect_timeout=2")


@client("psycopg2")
def psycopg2_pghostaddr(host: str, port: int) -> None:
    import os

    import psycopg2 as library

    os.environ["PGHOSTADDR"] = host
    library.connect(f"host=stage-db.hackney.test port={port} user=app connect_timeout=2")


@client("asyncpg")
def asyncpg(host: str, port: int) -> None:
    import asyncpg as library

    asyncio.run(library.connect(host=host, port=port, user="app", database="x", timeout=2, ssl=False))


@client("asyncpg", "uvloop")
def asyncpg_uvloop(host: str, port: int) -> None:
    import asyncpg as library
    import uvloop

    uvloop.run(library.connect(host=host, port=port, user="app", database="x", timeout=2, ssl=False))


@client("uvloop")
def uvloop_stream(host: str, port: int) -> None:
    import uvloop

    uvloop.run(asyncio.wait_for(asyncio.open_connection(host, port), 2))


@client("uvloop")
def uvloop_datagram(host: str, port: int) -> None:
    import uvloop

    async def send() -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, port))
        transport.sendto(b"x")
        await asyncio.sleep(0.1)
        transport.close()

    uvloop.run(send())


@client("adbc_driver_postgresql")
def adbc(host: str, port: int) -> None:
    import adbc_driver_postgresql.dbapi as library

    library.connect(f"postgresql://app@{host}:{port}/x?connect_timeout=2")


@client("sqlalchemy", "psycopg")
def sqlalchemy_psycopg(host: str, port: int) -> None:
    import sqlalchemy

    sqlalchemy.create_engine(f"postgresql+psycopg://app@{host}:{port}/x?connect_timeout=2").connect()


@client("sqlalchemy", "psycopg2")
def sqlalchemy_psycopg2(host: str, port: int) -> None:
    import sqlalchemy

    sqlalchemy.create_engine(f"postgresql+psycopg2://app@{host}:{port}/x?connect_timeout=2").connect()


@client("MySQLdb")
def mysqlclient(host: str, port: int) -> None:
    import MySQLdb

    MySQLdb.connect(host=host, port=port, user="app", connect_timeout=2)


@client("pymysql")
def pymysql(host: str, port: int) -> None:
    import pymysql as library

    library.connect(host=host, port=port, user="app", connect_timeout=1, read_timeout=1)


@client("redis")
def redis(host: str, port: int) -> None:
    import redis as library

    library.Redis(host, port, socket_timeout=1, socket_connect_timeout=1).ping()


@client("pymongo")
def pymongo(host: str, port: int) -> None:
    import pymongo as library

    library.MongoClient(f"mongodb://{host}:{port}/", serverSelectionTimeoutMS=800).admin.command("ping")


@client("grpc")
def grpc(host: str, port: int) -> None:
    import grpc as library

    with library.insecure_channel(f"{host}:{port}") as channel:
        library.channel_ready_future(channel).result(timeout=1)


@client("grpc")
def grpc_aio(host: str, port: int) -> None:
    import grpc as library

    async def ready() -> None:
        async with library.aio.insecure_channel(f"ipv4:{host}:{port}") as channel:
            await asyncio.wait_for(channel.channel_ready(), 1)

    asyncio.run(ready())


@client()
def urllib(host: str, port: int) -> None:
    import urllib.request

    urllib.request.urlopen(f"http://{host}:{port}/", timeout=2).read()


@client("requests")
def requests(host: str, port: int) -> None:
    import requests as library

    library.get(f"http://{host}:{port}/", timeout=2)


@client("httpx")
def httpx(host: str, port: int) -> None:
    import httpx as library

    library.get(f"http://{host}:{port}/", timeout=2, follow_redirects=True)


@client("httpx")
def httpx_async(host: str, port: int) -> None:
    import httpx as library

    async def get() -> None:
        async with library.AsyncClient() as session:
            await session.get(f"http://{host}:{port}/", timeout=2)

    asyncio.run(get())


@client("aiohttp")
def aiohttp(host: str, port: int) -> None:
    import aiohttp as library

    async def get() -> None:
        async with library.ClientSession(timeout=library.ClientTimeout(2), trust_env=True) as session:
            await session.get(f"http://{host}:{port}/")

    asyncio.run(get())


@client("curl_cffi")
def curl_cffi(host: str, port: int) -> None:
    from curl_cffi import requests as library

    library.get(f"http://{host}:{port}/", timeout=2)


@client("curl_cffi")
def curl_cffi_async(host: str, port: int) -> None:
    from curl_cffi.requests import AsyncSession

    async def get() -> None:
        async with AsyncSession() as session:
            await session.get(f"http://{host}:{port}/", timeout=2)

    asyncio.run(get())


@client("pycurl")
def pycurl(host: str, port: int) -> None:
    import pycurl as library

    curl = library.Curl()
    curl.setopt(library.URL, f"http://{host}:{port}/")
    curl.setopt(library.FOLLOWLOCATION, 1)
    curl.setopt(library.TIMEOUT, 2)
    curl.setopt(library.WRITEFUNCTION, len)
    curl.perform()


@client("boto3")
def boto3(host: str, port: int) -> None:
    import boto3 as library
    from botocore.config import Config

    library.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        region_name="eu-west-2",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(connect_timeout=1, read_timeout=1, retries={"max_attempts": 0}),
    ).list_objects_v2(Bucket="lbh-documents-staging")


# ---------------------------------------------------------------------------------------------------------------- running


def guard(mode: str, environ: dict[str, str] | None = None) -> list[Any]:
    """Install every guard of a staging process."""
    from env_config import guards
    from env_config.policy import Policy

    modes = {"ambient": mode, "connects": mode, "identity": "off"}
    return guards.install(Policy(corpus_book("staging", guards=modes)), environ=environ or {})


def attempt(action: Callable[[], object]) -> dict[str, Any]:
    """What became of it: the code of the refusal that the error carries, the error's type, both empty if none."""
    try:
        action()
    except BaseException as error:  # noqa: BLE001 - clients raise what they like
        found = _refusal(error)
        return {"code": found.code if found else "", "error": type(error).__name__, "text": str(error)[:500]}
    return {"code": "", "error": "", "text": ""}


def _refusal(error: BaseException | None, depth: int = 8) -> Refusal | None:
    if error is None or depth == 0 or isinstance(error, Refusal):
        return error
    inner = [error.__cause__, error.__context__, *error.args, getattr(error, "reason", None)]
    for item in inner:
        found = _refusal(item, depth - 1) if isinstance(item, BaseException) else None
        if found is not None:
            return found
    return None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("client", choices=sorted(CLIENTS))
    parser.add_argument("places", nargs="+")
    parser.add_argument("--first", action="store_true")
    parser.add_argument("--mode", default="enforce")
    chosen = parser.parse_args()
    modules, function = CLIENTS[chosen.client]
    if chosen.first:
        guard(chosen.mode)
    for module in modules:
        __import__(module)
    if not chosen.first:
        guard(chosen.mode)
    for host, port in zip(chosen.places[::2], chosen.places[1::2], strict=True):
        print(json.dumps(attempt(functools.partial(function, host, int(port)))))


if __name__ == "__main__":
    main()
