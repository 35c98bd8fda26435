"""The embedded server: where it is, and how to look inside."""

from __future__ import annotations

import os
import subprocess
import sys

import typer

from ..databases.registry import embedded_server
from .options import DEFAULT_HOME, HomeOption, JsonOption
from .render import note, say, say_json

app = typer.Typer(help="The embedded PostgreSQL.", no_args_is_help=True)


@app.command()
def url(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Start it if needed and print a URL for any client on this machine; it holds the local password."""
    server = embedded_server(home)
    server.start()
    if as_json:
        say_json({"url": server.url(), "socket_url": server.socket_url()})
    else:
        say(server.url())


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
