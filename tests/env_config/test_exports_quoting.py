"""What is exported comes back exactly, from the programs that read it; what could not is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from env_config.errors import BookRefused
from env_config.exports import FORMATS, Sheet, render

NASTY = (
    "",
    " ",
    "plain",
    "two words",
    " blanks around ",
    "it's",
    'say "yes"',
    'it\'s "both"',
    "x'; rm -rf ~ #",
    "$HOME ${HOME} $(id) `id` $$ $",
    "%{if true}x%{endif} ${var.x}",
    "a\\b",
    "a\\\\b",
    "ends in \\",
    "\\n is no line break",
    "line\nbreak",
    "carriage\r\nreturn",
    "tab\there",
    "# no comment",
    "a #b",
    "a=b;c&d|e>f<g(h)",
    "!bang *star ?what [a-z] {a,b} ~",
    "yes",
    "no",
    "null",
    "1e3",
    "0777",
    "1_000",
    "2001-01-01",
    "- item",
    "key: value",
    "&anchor *alias !tag",
    "@at %percent",
    "Ünïcödé ß",
    "e\u0301 decomposed",
    "\u212b a sign that composes to a letter",
    "😀 beyond the first plane",
    "\u00a0no-break\u00a0space",
    "\u2028 line separator \u2029",
    "\u0085 next line",
    "\ufeffbyte order mark",
    "\x01\x02\x1b[31m control",
    "\x7f delete \x80\x81\x88 shells of old used these as marks",
    "\x00 NUL",
    "\ud800 half a character",
    "-e",
    "x" * 5_000,
    "postgresql://app@db.example:5432/x?options=-c%20default_text_search_config%3Dpublic.env_staging&sslmode=verify-full",
    'Host=db.example;Port=5432;Database=x;Options="-c default_text_search_config=public.env_staging"',
)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(st.characters(codec=None), max_size=20),
    st.text("ab '\"\\$`{}#!%=&;:~\n\r\t\0é😀", max_size=12),
    st.sampled_from(NASTY),
)


def writable(values: list[str] | tuple[str, ...], format_name: str) -> tuple[dict[str, str], set[str]]:
    """Those values that the format takes, by variable name, and those that it refuses."""
    taken: dict[str, str] = {}
    refused: set[str] = set()
    for number, value in enumerate(values):
        try:
            render(Sheet("staging", {"V": value}), format_name)
        except BookRefused as refusal:
            assert refusal.code == "BOOK_INVALID"
            refused.add(value)
        else:
            taken[f"V_{number}"] = value
    return taken, refused


def written(variables: dict[str, str], format_name: str) -> str:
    return render(Sheet("staging", variables, "0" * 64), format_name)


def output(*command: str, folder: str, text: str | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        input=None if text is None else text.encode(),
        capture_output=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": folder, "CHECKPOINT_DISABLE": "1"},
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode()


# ---------------------------------------------------------------------------------------------------------- the readers

SHOW = "import json, os, sys; json.dump({os.fsdecode(k): os.environb[k].decode() for k in os.environb}, sys.stdout)"


def read_by_shell(shell: str, text: str, folder: str) -> dict[str, str]:
    Path(folder, "file.sh").write_bytes(text.encode())
    python = f"exec {sys.executable} -I -X utf8 -c '{SHOW}'"
    return dict(json.loads(output(shell, "-c", f"set -a; . ./file.sh; {python}", folder=folder)))


def read_by_node_env_file(text: str, folder: str) -> dict[str, str]:
    Path(folder, ".env").write_bytes(text.encode())
    return dict(json.loads(output("node", "--env-file=.env", "-p", "JSON.stringify(process.env)", folder=folder)))


def read_by_python_dotenv(text: str, folder: str) -> dict[str, str | None]:
    dotenv = pytest.importorskip("dotenv")
    path = Path(folder, ".env")
    path.write_bytes(text.encode())
    return dict(dotenv.dotenv_values(path))


def read_by_compose_env_file(text: str, folder: str) -> dict[str, str]:
    Path(folder, "a.env").write_bytes(text.encode())
    Path(folder, "docker-compose.yml").write_text("services: {x: {image: x, env_file: a.env}}")
    return environment_of(output(*COMPOSE, "config", folder=folder))


def read_by_compose(text: str, folder: str) -> dict[str, str]:
    Path(folder, "addresses.yaml").write_bytes(text.encode())
    main = "services: {x: {image: x, extends: {file: addresses.yaml, service: env-config}}}"
    Path(folder, "docker-compose.yml").write_text(main)
    return environment_of(output(*COMPOSE, "config", folder=folder))


def environment_of(config: str) -> dict[str, str]:
    found = yaml.safe_load(config)["services"]["x"]["environment"]
    # What `config` prints is a Compose file again, in which dollars are doubled.
    return {name: value.replace("$$", "$") for name, value in found.items()}


def read_by_node_json(text: str, folder: str) -> dict[str, str]:
    Path(folder, "file.json").write_bytes(text.encode())
    return dict(json.loads(output("node", "-p", "JSON.stringify(require('./file.json'))", folder=folder)))


def read_by_terraform(text: str, folder: str) -> dict[str, str]:
    Path(folder, "main.tf").write_text('variable "env_config" { type = map(string) }')
    Path(folder, "env_config.auto.tfvars.json").write_bytes(text.encode())
    # Read as HCL's own string literal, which is that of JSON but for templates.
    shown = output(
        "terraform", "console", "-no-color", folder=folder, text="base64encode(jsonencode(var.env_config))\n"
    )
    import base64

    return dict(json.loads(base64.b64decode(shown.strip().strip('"'))))


def read_by_kubectl(text: str, folder: str) -> dict[str, str]:
    Path(folder, "map.yaml").write_bytes(text.encode())
    shown = output("kubectl", "annotate", "--local", "-f", "map.yaml", "-o", "json", "a=b", folder=folder)
    return dict(json.loads(shown)["data"])


def compose_command() -> tuple[str, ...]:
    if shutil.which("docker"):
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if plugin.returncode == 0:
            return "docker", "compose"
    return ("docker-compose",)


COMPOSE = compose_command()
READERS = {
    "shell by sh": ("shell", "sh", lambda text, folder: read_by_shell("sh", text, folder)),
    "shell by bash": ("shell", "bash", lambda text, folder: read_by_shell("bash", text, folder)),
    "dotenv by sh": ("dotenv", "sh", lambda text, folder: read_by_shell("sh", text, folder)),
    "dotenv by bash": ("dotenv", "bash", lambda text, folder: read_by_shell("bash", text, folder)),
    "dotenv by python-dotenv": ("dotenv", sys.executable, read_by_python_dotenv),
    "dotenv by node": ("dotenv", "node", read_by_node_env_file),
    "dotenv by compose": ("dotenv", COMPOSE[-1] if len(COMPOSE) == 1 else COMPOSE[0], read_by_compose_env_file),
    "json by node": ("json", "node", read_by_node_json),
    "terraform": ("terraform", "terraform", read_by_terraform),
    "compose": ("compose", COMPOSE[0], read_by_compose),
    "k8s by kubectl": ("k8s", "kubectl", read_by_kubectl),
}


@pytest.mark.parametrize("reader", READERS)
def test_the_real_reader_gets_every_value_back(reader: str) -> None:
    """Whatever a format accepts, the program that reads it returns unchanged: nasty values and arbitrary ones."""
    format_name, program, read = READERS[reader]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not on this machine")

    @settings(max_examples=4, deadline=None)
    @given(st.lists(TEXTS, min_size=60, max_size=90))
    def holds(values: list[str]) -> None:
        taken, _ = writable([*NASTY, *values], format_name)
        with TemporaryDirectory() as folder:
            found = read(written(taken, format_name), folder)
        assert {name: found.get(name) for name in taken} == taken

    holds()


@given(st.lists(TEXTS, max_size=12))
def test_python_reads_json_and_yaml_back(values: list[str]) -> None:
    """The parsers of Python's own world return every value that the formats accept."""
    taken, _ = writable(values, "json")
    assert json.loads(written(taken, "json")) == taken
    taken, _ = writable(values, "k8s")
    assert yaml.safe_load(written(taken, "k8s"))["data"] == taken
    taken, _ = writable(values, "compose")
    found = yaml.safe_load(written(taken, "compose"))["services"]["env-config"]["environment"]
    assert {name: value.replace("$$", "$") for name, value in found.items()} == taken


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_address_is_never_refused_for_its_characters(format_name: str) -> None:
    """Every format takes what addresses are made of, so refusing is for values that are none."""
    ordinary = {"A": NASTY[-1], "B": NASTY[-2], "C": "/a/b-c_d", "D": "s3.eu-west-2", "E": "ssm:/a/staging/b", "F": "é"}
    assert written(ordinary, format_name)


REFUSED = {
    "dotenv": {"line\nbreak", "carriage\r\nreturn", 'it\'s "both"', "a\\\\b", "ends in \\", "\x00 NUL"},
    "json": {"\ud800 half a character"},
    "shell": {"\x00 NUL", "\ud800 half a character"},
    "terraform": {"\ud800 half a character", "e\u0301 decomposed"},
    "compose": {"\x00 NUL", "\ud800 half a character", "\u0085 next line", "\u2028 line separator \u2029"},
    "k8s": {"\x00 NUL", "\ud800 half a character"},
}


@pytest.mark.parametrize("format_name", FORMATS)
def test_what_a_reader_would_alter_is_refused(format_name: str) -> None:
    """A value that some reader of the format would change or cut is refused, and the message does not repeat it."""
    _, refused = writable(NASTY, format_name)
    assert refused >= REFUSED[format_name]
    for value in REFUSED[format_name]:
        with pytest.raises(BookRefused) as caught:
            written({"A_SECRET": f"hunter2{value}"}, format_name)
        assert "A_SECRET" in str(caught.value)
        assert "hunter2" not in str(caught.value) + repr(caught.value)


def test_a_config_map_that_is_too_large_is_refused() -> None:
    """Kubernetes holds one mebibyte in a ConfigMap; more is refused here, with the figures."""
    with pytest.raises(BookRefused, match="1048576"):
        written({"A": "x" * 1_048_576}, "k8s")
