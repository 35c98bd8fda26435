"""The reference pages of the address library, made from the definitions they describe.

python docs/build_env_config_reference.py          write docs/reference/env-config.md and env-config-book.md
python docs/build_env_config_reference.py --check  write nothing; exit 1 where a page is not what the definitions say
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

import env_config_book_page  # noqa: E402 - after the path, like the rooms: the script runs from any folder
import reference_page  # noqa: E402
from docstrings import Doc, doc_of, one_line  # noqa: E402
from reference_page import REFERENCE, Pages, as_table, ticks  # noqa: E402

import env_config  # noqa: E402
from env_config import cli, codes, errors, pytest_plugin, verdict  # noqa: E402
from env_config.attestation.dotenv_files import NAMING_VARIABLES  # noqa: E402
from env_config.book.model import GUARD_LAYERS, MODES, Service  # noqa: E402
from env_config.errors import BookRefused, Refusal, UsageRefused  # noqa: E402
from env_config.exports import FORMATS  # noqa: E402
from env_config.guards import drivers  # noqa: E402
from env_config.guards.guard import guards  # noqa: E402
from env_config.guards.processes import GUARD as GUARD_OF_TREES  # noqa: E402
from env_config.runtime import Runtime  # noqa: E402
from env_config.trust import PURPOSES  # noqa: E402

_SCRIPT = Path(__file__).name
_PACKAGE = ROOT / "env_config"
_REGISTRY = re.compile(r"^((?:[A-Z]+_)?RULES): dict\[", flags=re.M)
_DELEGATES = re.compile(r"see :(?:meth|attr):`Runtime\.(\w+)`")

# The one thing that no definition says in words: a variable's meaning. A test compares the names with the source.
SET_BY_YOU = {
    "ENV_CONFIG_ENVIRONMENT": "declares the environment; nothing else does, and there is no default",
    "ENV_CONFIG_BOOK": "the folder of compiled books, one `<environment>.json` each, or one book's file",
    "ENV_CONFIG_TRUST": "the file of trusted keys, where it is not `trust.json` beside the books",
    "ENV_CONFIG_STAMP": "the deployment stamp's file, which `env-config attest` wrote",
}
SET_BY_PLATFORMS = {
    "ECS_CONTAINER_METADATA_URI_V4": "ECS: where the task's metadata tell its account; link-local and loopback only",
    "AWS_LAMBDA_FUNCTION_NAME": "Lambda: must be the function that the invocation's context names",
    "AWS_ACCESS_KEY_ID": "with it, or one of the next two, STS is asked whose account it is",
    "AWS_PROFILE": "the same, for a profile",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "the same, for a web identity",
    "AWS_SECRET_ACCESS_KEY": "goes with the key; shown nowhere",
    "AWS_SESSION_TOKEN": "goes with the key; shown nowhere",
    "AWS_REGION": "the region whose STS is asked",
    "AWS_DEFAULT_REGION": "the same, where `AWS_REGION` is not set",
    "AWS_ENDPOINT_URL": "where it is set, STS is not asked: a stand-in attests nothing",
    "AWS_ENDPOINT_URL_STS": "the same",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "GitHub Actions: where a job asks for its token",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "GitHub Actions: what it asks with; shown nowhere",
    "CIRCLE_OIDC_TOKEN_V2": "CircleCI: the job's token; shown nowhere",
    "CIRCLE_OIDC_TOKEN": "CircleCI: the same in the older form",
}
READ_LIKE_CLIENTS = {
    "PGHOST": "libpq's host, judged together with the other `PG*` variables",
    "PGHOSTADDR": "libpq's numeric host",
    "PGPORT": "libpq's port",
    "PGSERVICE": "libpq's service, looked up in the service files",
    "PGSERVICEFILE": "libpq's own service file",
    "PGSYSCONFDIR": "the folder of libpq's system-wide service file",
    "PGUSER": "as whom `env-config stamp` connects, where the book names no user",
    "PGOPTIONS": "`env-config run` adds the marker for PostgreSQL to it",
    "HOME": "libpq's service file is looked for there",
    "XDG_CACHE_HOME": "`env-config run` keeps its compiled library below it",
    "LD_PRELOAD": "`env-config run --via preload` puts its library in front",
}
SET_BY_THE_LIBRARY = {
    "ENV_CONFIG_EXPORTED_FOR": "written by `env-config export`: whose addresses these are",
    "ENV_CONFIG_TEST_RUN": "marks the processes of a hermetic test run",
    "ENV_CONFIG_SUPERVISOR": "tells the preloaded library where its supervisor listens",
    "ENV_CONFIG_SELF_TEST_URL": "never set: the name under which the guard of variables tries itself",
}


def _page(title: str, *blocks: str) -> str:
    return reference_page.page(title, _SCRIPT, *blocks)


# ------------------------------------------------------------------------------------------------------- docstrings


def _bullets(doc: Doc, *titles: str) -> str:
    lines = []
    for title in titles:
        for name, meaning in doc.sections.get(title, ()):
            prefix = "Refuses with " if title == "Raises" else "Gives " if title == "Returns" else ""
            words = f"{meaning[:1].lower()}{meaning[1:]}" if title == "Returns" else meaning
            lines.append(f"- {prefix}" + (f"`{name}`: {words}" if name else words))
    return "\n".join(lines)


def _signature(function: Callable[..., object], name: str) -> str:
    written = str(inspect.signature(function)).replace("(self, ", "(").replace("(self)", "()")
    return name + re.sub(r"(: |-> )'([^']*)'", r"\1\2", written)


# ---------------------------------------------------------------------------------------------------- the command


def commands() -> Mapping[str, argparse.ArgumentParser]:
    """Every command's own parser."""
    actions = cli.parser()._actions
    return next(action.choices for action in actions if isinstance(action, argparse._SubParsersAction))


def _overview() -> str:
    rows = [(f"[`env-config {name}`](#env-config-{name})", one.description or "") for name, one in commands().items()]
    return as_table(("command", "does"), rows)


def _command(name: str, parser: argparse.ArgumentParser) -> str:
    actions = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    options = [action for action in actions if action.option_strings]
    positionals = [action for action in actions if not action.option_strings]
    needed = [f"{action.option_strings[-1]} {_metavar(action)}" for action in options if action.required]
    usage = " ".join(["env-config", name, "[OPTIONS]", *needed, *map(_positional, positionals)])
    rows = [
        (f"`{_metavar(action)}`", "required" if action.required else "", action.help or "") for action in positionals
    ]
    rows += [(_option(action), _default(action), _help(action)) for action in options]
    return "\n\n".join(
        [
            f"## env-config {name}",
            f"{(parser.description or '')[:1].upper()}{(parser.description or '')[1:]}.",
            f"    {usage}",
            as_table(("option", "default", "meaning"), rows),
        ]
    )


def _metavar(action: argparse.Action) -> str:
    return str(action.metavar or action.dest.upper())


def _positional(action: argparse.Action) -> str:
    return {"?": f"[{_metavar(action)}]", "+": f"{_metavar(action)} …"}.get(str(action.nargs), _metavar(action))


def _option(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else f" {_metavar(action)}"
    return ", ".join(f"`{name}{value}`" for name in action.option_strings)


def _default(action: argparse.Action) -> str:
    if action.required:
        return "required"
    return f"`{action.default}`" if action.default not in (None, False, "") else ""


def _help(action: argparse.Action) -> str:
    words = re.sub(r"<(\w+)>", r"`<\1>`", action.help or "").replace(f" (default: {action.default})", "")
    missing = [str(choice) for choice in action.choices or () if str(choice) not in words]
    return words + (f" (one of {', '.join(f'`{choice}`' for choice in action.choices or ())})" if missing else "")


def _exit_codes() -> str:
    listed = (cli.parser().epilog or "").partition("exit codes: ")[2]
    rows = [tuple(item.split(" ", 1)) for item in listed.split(" · ")]
    return "\n\n".join(
        [
            "## Exit codes",
            as_table(("exit", "means"), rows),
            (
                "`env-config run` ends as the command ended that it ran. Data goes to stdout, words to stderr; with `--json` a "
                "refusal is also one JSON object on stdout."
            ),
        ]
    )


# ------------------------------------------------------------------------------------------------------- variables


def _variables() -> str:
    groups = (
        ("You set these.", SET_BY_YOU),
        ("Platforms set these. They are evidence for the environment, and read only where the book says what they prove.",
         SET_BY_PLATFORMS),
        ("Clients read these, so the guards do as well, or hand them on.", READ_LIKE_CLIENTS),
        ("The library sets these. None of them is for you.", SET_BY_THE_LIBRARY),
    )  # fmt: skip
    blocks = [
        "## Variables",
        (
            "No variable turns a guard off. The guard of the layer `ambient` looks at the *values* of all others: what leads to "
            "production is refused with `AMBIENT`, a live credential with `PROD_CREDENTIAL`."
        ),
    ]
    for words, group in groups:
        blocks += [words, as_table(("variable", "is"), [(f"`{name}`", meaning) for name, meaning in group.items()])]
    names = ", ".join(f"`{name}`" for name in sorted(NAMING_VARIABLES))
    blocks.append(f"Dotenv files that are read together must not name different environments by any of these: {names}.")
    return "\n\n".join(blocks)


# ------------------------------------------------------------------------------------------------------ public names


def _public() -> str:
    members = {name: getattr(env_config, name) for name in env_config.__all__}
    functions = {name: value for name, value in members.items() if not inspect.isclass(value)}
    refusals = {name: value for name, value in members.items() if inspect.isclass(value) and issubclass(value, Refusal)}
    others = {name: value for name, value in members.items() if name not in functions and name not in refusals}
    tree = textwrap.dedent((errors.__doc__ or "").partition("\n\n")[2]).rpartition("\n\n")[0]
    return "\n\n".join(
        [
            "## Public names",
            "What `import env_config` offers. Everything else may change.",
            *(_function(name, value) for name, value in functions.items()),
            *(_class(name, value) for name, value in others.items()),
            "### Refusals",
            "A refusal is a `PermissionError`. It carries:",
            _bullets(doc_of(Refusal), "Attributes"),
            f"```text\n{tree.strip()}\n```",
        ]
    )


def _function(name: str, function: Callable[..., object]) -> str:
    delegate = _DELEGATES.search(function.__doc__ or "")
    meant = inspect.getattr_static(Runtime, delegate[1]) if delegate else function
    doc = doc_of(meant)
    blocks = [
        f"### {name}",
        f"    {_signature(function, name)}",
        doc.summary,
        _bullets(doc, "Args", "Returns", "Raises"),
    ]
    return "\n\n".join(block for block in blocks if block)


def _class(name: str, kind: type) -> str:
    doc = doc_of(kind)
    rows = []
    for member, value in vars(kind).items():
        if member.startswith("_") or not (inspect.isfunction(value) or isinstance(value, property)):
            continue
        shown = member if isinstance(value, property) else _signature(value, member)
        rows.append((f"`{shown}`", _member(value) or _of_service(member)))
    blocks = [f"### {name}", doc.summary, _bullets(doc, "Attributes"), as_table(("member", "gives"), rows)]
    return "\n\n".join(block for block in blocks if block)


def _of_service(member: str) -> str:
    """An accessor that only passes on what the book's entry has is described there."""
    return f"The entry's: {dict(doc_of(Service).sections['Attributes'])[member]}"


def _member(value: object) -> str:
    doc = doc_of(value)
    found = [doc.summary, *(f"`{name}`: {meaning}" for name, meaning in doc.sections.get("Args", ()))]
    return " ".join(text if text.endswith(".") or not text else f"{text}." for text in found)


# ------------------------------------------------------------------------------------------------------------ codes


def _codes() -> str:
    rows = []
    for code, (meaning, step) in codes.CODES.items():
        kind = verdict.refusal_class(code)
        leaves = "2" if issubclass(kind, (BookRefused, UsageRefused)) else "3"
        shown = ("", "0") if code == "OK" else (f"`{kind.__name__}`", leaves)
        rows.append((f"`{code}`", meaning, step, *shown))
    return "\n\n".join(
        [
            "## Codes",
            (
                "On the command line a refusal is `error[CODE]: what is wrong`, its facts, an empty line, and `hint: what to do "
                "next`. Codes are stable; words are not. `check`, `compile` and `scan` report the same codes with file and line: a "
                "problem of the book ends with 2, a finding of the scanner with 4. Where several codes apply, the weightiest "
                "comes first."
            ),
            as_table(("code", "means", "next step", "exception", "exit"), rows),
        ]
    )


# ----------------------------------------------------------------------------------------------------------- guards


def _guards() -> str:
    rows = [(f"`{guard.name}`", guard.layer, _covers(guard)) for guard in (*guards(), GUARD_OF_TREES)]
    layers, modes = (", ".join(f"`{name}`" for name in names) for names in (GUARD_LAYERS, MODES))
    return "\n\n".join(
        [
            "## Guards",
            (
                f"Each belongs to a layer ({layers}), and each layer has a mode ({modes}) in "
                "[the book](env-config-book.md), `enforce` unless it says otherwise. "
                "`install_guards()` puts all but the last into force, `env-config run` the last. `env-config doctor` lets each "
                "provoke its own refusal. A library is wrapped when the process imports it, never imported for that."
            ),
            as_table(("guard", "layer", "what it is"), rows),
            ticks(_paragraph(drivers, "What cannot be wrapped")),
        ]
    )


def _covers(guard: object) -> str:
    if isinstance(guard, drivers.DriverGuard):
        told = importlib.import_module(f"{drivers.__name__}.{drivers.DRIVERS[guard.name]}")
        return ticks(_first_paragraph(told))
    words = _first_paragraph(
        sys.modules["env_config.guards.processes" if guard is GUARD_OF_TREES else type(guard).__module__]
    )
    return ticks(words)


def _first_paragraph(module: ModuleType) -> str:
    """How a module describes itself, without the number of the layer that it may begin with."""
    words = re.sub(r"^L\d(, \w+ half)?: ", "", one_line((module.__doc__ or "").partition("\n\n")[0]))
    return f"{words[:1].upper()}{words[1:]}" if not module.__name__.startswith(drivers.__name__) else words


def _paragraph(module: ModuleType, start: str) -> str:
    return next(one_line(text) for text in (module.__doc__ or "").split("\n\n") if text.startswith(start))


# ------------------------------------------------------------------------------------------------------------ rules


def registries() -> Iterator[tuple[ModuleType, Mapping[str, Any]]]:
    """Every module that keeps rules by name, and its rules; what evaluates them reads these at every call."""
    for path in sorted(_PACKAGE.rglob("*.py")):
        for name in _REGISTRY.findall(path.read_text(encoding="utf-8")):
            module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            yield module, getattr(module, name)


def _rules() -> str:
    blocks = [
        "## Rules",
        (
            "A refusal's `rule` is one of these names, or that of the place that found it. Each rule stands alone, and a test "
            "takes one away at a time to see that something notices."
        ),
    ]
    for module, rules in registries():
        rows = [(f"`{name}`", _says(rule)) for name, rule in rules.items()]
        title = f"### {module.__name__.removeprefix('env_config.')}"
        blocks += [title, ticks(_first_paragraph(module)), as_table(("rule", "says"), rows)]
    return "\n\n".join(blocks)


def _says(rule: Any) -> str:
    """The first line of the rule's docstring; where the name says it all, what the rule answers."""
    function = next(item for item in rule if callable(item)) if isinstance(rule, tuple) else rule
    lines = (inspect.getdoc(function) or "").splitlines()
    return ticks(lines[0]) if lines else "; ".join(_answers(function))


def _answers(function: Callable[..., object]) -> list[str]:
    """The words that a function returns, with ``{…}`` where a value goes."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    found: list[str] = []
    pending: list[ast.AST] = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value]
    while pending:
        node = pending.pop(0)
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            text = _words(node, function.__globals__)
            found += [text] if " " in text else []
        elif not isinstance(node, ast.Compare):
            pending += ast.iter_child_nodes(node)
    return list(dict.fromkeys(found))


def _words(node: ast.expr, names: Mapping[str, object]) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(part, names) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        value = names.get(node.value.id) if isinstance(node.value, ast.Name) else None
        return value if isinstance(value, str) else "{…}"
    return "{…}"


# ----------------------------------------------------------------------------------------------- pytest and exports


def _pytest() -> str:
    listed = re.findall(r"^``(.+?)``  +(\S.*)$", pytest_plugin.__doc__ or "", flags=re.M)
    return "\n\n".join(
        [
            "## Under pytest",
            "The plugin is active wherever the distribution is installed.",
            as_table(("setting, mark or fixture", "does"), [(f"`{name}`", ticks(text)) for name, text in listed]),
        ]
    )


def _formats() -> str:
    rows = [(f"`{name}`", module.DESCRIPTION) for name, module in FORMATS.items()]
    return "\n\n".join(["## Formats of export", as_table(("format", "writes"), rows)])


def _trust() -> str:
    purposes = ", ".join(f"`{purpose}`" for purpose in PURPOSES)
    return (
        "## The file of trusted keys\n\n"
        '`trust.json` is a JSON object with one key, `"keys"`: a list of JSON Web Keys. Each has `kty` (`"RSA"`), `kid`, `n`, '
        f"`e`, and `purposes`: for what it is believed, some of {purposes}. `issuer` is the only issuer that a provider's "
        "tokens may name, `owner` the person whose key it is. `env-config key --trust` adds a key; a private key in it is "
        "refused."
    )


# ------------------------------------------------------------------------------------------------------------ pages


def library_page() -> str:
    """Commands, exit codes, variables, public names, codes, guards and rules."""
    return _page(
        "env_config",
        "Why it is so: [Environments and addresses](../concepts/environments-and-addresses.md). How to begin: "
        "[Adopt env_config](../guides/adopt-env-config.md). The address book's own keys: [The book](env-config-book.md).",
        "`python -m env_config` is `env-config`.",
        _overview(),
        *(_command(name, parser) for name, parser in commands().items()),
        _exit_codes(),
        _variables(),
        _codes(),
        _public(),
        _guards(),
        _rules(),
        _pytest(),
        _formats(),
        _trust(),
    )


def book_page() -> str:
    """Every key of ``addresses.yaml``."""
    return _page("The book", *env_config_book_page.blocks())


PAGES: Pages = {"env-config.md": library_page, "env-config-book.md": book_page}


def stale_pages(folder: Path = REFERENCE) -> list[str]:
    """The pages in ``folder`` that are not what the definitions say."""
    return reference_page.stale(PAGES, folder)


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` say which of them are out of date."""
    return reference_page.write_or_check(PAGES, _SCRIPT, arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
