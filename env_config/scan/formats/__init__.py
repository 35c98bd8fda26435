"""Which kind of file is this, and how is it read?"""

from __future__ import annotations

import re

from ..model import Format, Literal
from . import flow, hcl, lines, program, yaml_text


def _nothing(text: str) -> list[Literal]:
    return []


YAML = Format("yaml", yaml_text.literals)
JSON = Format("json", flow.literals)
HCL = Format("hcl", hcl.literals)
SETTINGS = Format("settings", lines.settings)
SHELL = Format("shell", lines.shell)
DOCKERFILE = Format("dockerfile", lines.shell)
PYTHON = Format("python", program.reader("python"), program=True)
C_LIKE = Format("c-like", program.reader("c"), program=True)
RUBY = Format("ruby", program.reader("ruby"), program=True)
XML = Format("xml", program.reader("xml"))
PROSE = Format("prose", _nothing, program=True)

_BY_SUFFIX = {
    **dict.fromkeys(("yaml", "yml"), YAML),
    **dict.fromkeys(("json", "jsonc", "json5", "har", "ipynb", "webmanifest", "tfstate"), JSON),
    **dict.fromkeys(("tf", "tfvars", "hcl", "nomad"), HCL),
    **dict.fromkeys(
        ("properties", "env", "ini", "cfg", "conf", "toml", "editorconfig", "http", "rest", "service", "pgpass"),
        SETTINGS,
    ),
    **dict.fromkeys(("sh", "bash", "zsh", "ksh", "ps1", "bat", "cmd", "mk"), SHELL),
    **dict.fromkeys(("py", "pyi", "pyw"), PYTHON),
    **dict.fromkeys(
        (
            "js",
            "jsx",
            "mjs",
            "cjs",
            "ts",
            "tsx",
            "cs",
            "fs",
            "go",
            "java",
            "kt",
            "kts",
            "scala",
            "groovy",
            "gradle",
            "php",
        ),
        C_LIKE,
    ),
    **dict.fromkeys(("vue", "svelte", "swift", "dart", "rs", "csx", "cshtml", "razor"), C_LIKE),
    **dict.fromkeys(("rb", "rake", "erb", "gemspec", "ru", "ex", "exs", "pl", "r"), RUBY),
    **dict.fromkeys(("xml", "config", "csproj", "props", "targets", "pubxml", "plist"), XML),
}
_BY_NAME = {
    **dict.fromkeys(("makefile", "gnumakefile", "procfile", "justfile"), SHELL),
    "jenkinsfile": C_LIKE,
    **dict.fromkeys(("rakefile", "gemfile", "guardfile", "capfile", "vagrantfile", "fastfile"), RUBY),
    **dict.fromkeys((".pgpass", ".npmrc", ".pg_service.conf", ".s3cfg", ".my.cnf", ".pypirc", "hosts"), SETTINGS),
}
_SAMPLES = frozenset(
    {"sample", "example", "template", "dist", "tpl", "tmpl", "j2", "jinja", "jinja2", "erb", "bak", "orig", "old"}
)
_SHEBANG = re.compile(r"#!.*?\b(python|ruby|node|(?:ba|z|k|da)?sh)\b")
_BY_SHEBANG = {"python": PYTHON, "ruby": RUBY, "node": C_LIKE}


def format_of(path: str, head: str = "") -> Format:
    """How to read a file, by its name, else by its first line.

    Args:
        path: with ``/`` between segments.
        head: how the text begins.
    """
    name = path.rpartition("/")[2].lower()
    labels = name.split(".")
    while len(labels) > 2 and labels[-1] in _SAMPLES and labels[-1] != "erb":
        labels.pop()
    if (
        name.startswith((".env", "env."))
        or labels[0] == "env"
        or (len(labels) > 1 and labels[-2] == "env" and not labels[-3:-2])
    ):
        return _BY_SUFFIX.get(labels[-1], SETTINGS)
    if labels[0] in ("dockerfile", "containerfile") or labels[-1] in ("dockerfile", "containerfile"):
        return DOCKERFILE
    found = _BY_NAME.get(name) or _BY_NAME.get(labels[0] if len(labels) < 2 else "") or _BY_SUFFIX.get(labels[-1])
    if found is not None and (len(labels) > 1 or name in _BY_NAME):
        return found
    shebang = _SHEBANG.match(head)
    return _BY_SHEBANG.get(shebang[1], SHELL) if shebang is not None else PROSE


def is_sample(path: str) -> bool:
    """A file that shows what to fill in: ``.env.sample``, ``config.example.yml``."""
    name = path.rpartition("/")[2].lower()
    return bool({"sample", "example", "template", "dist"} & set(re.split(r"[.\-_]", name)))
