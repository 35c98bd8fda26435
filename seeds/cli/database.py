"""The embedded server: where it is, and how to look inside."""

from __future__ import annotations

import os
import subprocess
import sys

import typer
from sqlalchemy import make_url

from ..databases.registry import embedded_server
from .options import DEFAULT_HOME, HomeOption, JsonOption
from .render import note, say, say_json

app = typer.Typer(help="The embedded PostgreSQL.", no_args_is_help=True)


@app.command()
def url(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Start it if needed and print a URL for psql, drivers and SQLAlchemy on this machine; it holds the password."""
    server = embedded_server(home)
    server.start()
    if as_json:
        say_json({"url": _plain(server.url()), "socket_url": _plain(server.socket_url())})
    else:
        say(_plain(server.url()))


def _plain(url: str) -> str:
    """The URL without SQLAlchemy's name of a driver, which psql and other programs do not understand."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@app.command()
def start(home: HomeOption = DEFAULT_HOME) -> None:
    """Start the server; it goes on running."""
    server = embedded_server(home)
    server.start()
    status = server.status()
    note(f"running in {status.directory}, process {status.pid}, port {status.port} on this machine only")


@app.command()
def stop(home: HomeOption = DEFAULT_HOME) -> None:
    """Stop the server; its data stay."""
    note("stopped" if embedded_server(home).stop() else "it was not running")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def shell(context: typer.Context, home: HomeOption = DEFAULT_HOME) -> None:
    """Open psql on the embedded database; further arguments go to psql."""
    server = embedded_server(home)
    server.start()
    command, environment = server.psql()
    sys.exit(subprocess.call([*command, *context.args], env={**os.environ, **environment}))
