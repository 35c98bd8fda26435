"""The reference pages, made from the definitions they describe.

python docs/build_reference.py          write docs/reference/*.md
python docs/build_reference.py --check  write nothing; exit 1 where a page is not what the definitions say
"""

from __future__ import annotations

import ast
import csv
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

import reference_page  # noqa: E402 - after the path, like the rooms: the script runs from any folder
import yaml  # noqa: E402
from finding_page import findings_page  # noqa: E402
from reference_page import REFERENCE, Pages, as_table, literal_words, ticks  # noqa: E402
from typer.main import get_command  # noqa: E402

from api.app import create_app  # noqa: E402
from generators import REGISTRY, Dataset, GenerationError  # noqa: E402
from generators import errors as generation_errors  # noqa: E402
from generators.engine import Column, bounds_of  # noqa: E402
from generators.providers import Definition, describe, find  # noqa: E402
from generators.spec import FUNCTIONS, TYPE_NAMES, PartSpec, TableSpec  # noqa: E402
from seeds import errors as seed_errors  # noqa: E402
from seeds.cli import refusals  # noqa: E402
from seeds.cli.app import app  # noqa: E402
from seeds.dataset import load_dataset  # noqa: E402
from seeds.dataset.existing import ExistingFile  # noqa: E402
from seeds.dataset.file import DatasetFile  # noqa: E402
from seeds.errors import SeedError  # noqa: E402

_SCRIPT = Path(__file__).name
_CODE = re.compile(r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$")
_ROOMS = ("generators", "seeds", "api")


def _page(title: str, *blocks: str) -> str:
    return reference_page.page(title, _SCRIPT, *blocks)


def _literal(value: object) -> str:
    written = "false" if value is False else "true" if value is True else str(value)
    return f"`{written}`" if written else ""


# ------------------------------------------------------------------------------------------------------- generators


def generators_page() -> str:
    """Every generator with its parameters, output, promise and examples."""
    found = [REGISTRY[name] for name in sorted(REGISTRY) if "." not in name]
    rows = [
        (f"[`{item.name}`](#{item.name})", ", ".join(item.output), str(item.promise or ""), ticks(item.summary))
        for item in found
    ]
    return _page(
        "Generators",
        "Each column of a dataset names one of these under `generate`. A promise says why an identifier can be nobody's: "
        "see [Never a real person](../concepts/never-a-real-person.md).",
        as_table(("generator", "makes", "promise", "what it makes"), rows),
        *(_generator(item) for item in found),
        _pools(),
    )


def _generator(definition: Definition) -> str:
    facts = describe(definition)
    examples = [f"generate: {_example(definition.name, example)}" for example in facts["examples"]]
    lines = [
        f"## {definition.name}",
        ticks(facts["summary"]),
        f"Makes {', '.join(facts['output'])}. "
        + ("Distinct on every row, by construction. " if facts["unique"] else "")
        + (f"Promise: `{facts['promise']}`. " if facts["promise"] else "")
        + f"Version {facts['version']}.",
        _parameters(facts, definition.default),
        "```yaml\n" + "\n".join(examples) + "\n```" if examples else "",
    ]
    return "\n\n".join(line for line in lines if line)


def _parameters(facts: dict[str, Any], default: str) -> str:
    return as_table(
        ("parameter", "kind", "default", "meaning"),
        [
            (
                f"`{item['name']}`" + (" (may stand alone)" if item["name"] == default else ""),
                item["kind"],
                "required"
                if item["required"]
                else _literal(item["default"])
                if item["default"] is not None
                else "none",
                item["doc"] + (f": one of {', '.join(map(_literal, item['choices']))}" if item["choices"] else ""),
            )
            for item in facts["parameters"]
        ],
    )


def _example(name: str, parameters: object) -> str:
    if not parameters:
        return name
    return yaml.safe_dump(
        {name: parameters}, default_flow_style=True, sort_keys=False, width=1000, allow_unicode=True
    ).strip()


def _pools() -> str:
    blocks = [
        "## Pools: faker.* and mimesis.*",
        (
            "`faker.<provider>` and `mimesis.<field>` draw from a pool that is filled once from the seed and the column's path; "
            "rows gather from it by index. `per_row` calls the provider for each row instead, and the plan warns of it. "
            "A generator's version is its library's release, so another release changes the dataset's lock."
        ),
    ]
    for name in ("faker.job", "mimesis.text.color"):
        facts = describe(find(name))
        blocks += [f"Parameters of every `{name.partition('.')[0]}.*` generator:", _parameters(facts, "")]
    with (ROOT / "generators" / "reference" / "pools" / "policy.csv").open(encoding="utf-8", newline="") as file:
        header, *rules = csv.reader(file)
    refused = [rule for rule in rules if rule[header.index("decision")] != "allow"]
    rows = [
        (f"`{library}`", f"`{group}`", f"`{name}`", reason, instead)
        for library, group, name, _, reason, instead in refused
    ]
    blocks += [
        (
            "Refused, because a value may be somebody's, cannot be reproduced, or cannot be held by a column. The first rule "
            "that fits decides."
        ),
        as_table(("library", "group", "provider", "it …", "use instead"), rows),
    ]
    return "\n\n".join(blocks)


# -------------------------------------------------------------------------------------------------- command line


def cli_page() -> str:
    """Every command with its arguments and options."""
    commands = list(_commands(get_command(app), ()))
    rows = [
        (f"[`understudy {' '.join(path)}`](#understudy-{'-'.join(path)})", command.help or "")
        for path, command in commands
    ]
    return _page(
        "The command understudy",
        "Data goes to stdout, progress and refusals to stderr. Exit codes are on [the page of errors](errors.md).",
        as_table(("command", "does"), rows),
        *(_command(path, command) for path, command in commands),
    )


def _commands(group: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


def _command(path: tuple[str, ...], command: Any) -> str:
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    options = [item for item in command.params if item.param_type_name == "option" and not item.hidden]
    shown = [item.name.upper() if item.required else f"[{item.name.upper()}]" for item in arguments]
    usage = " ".join(["understudy", *path, *shown, *(["[OPTIONS]"] if options else [])])
    rows = [(f"`{item.name.upper()}`", "required" if item.required else "", item.help or "") for item in arguments]
    rows += [(", ".join(f"`{name}`" for name in item.opts), _default(item), _help(item)) for item in options]
    title = f"## understudy {' '.join(path)}"
    return "\n\n".join([title, command.help or "", f"    {usage}", as_table(("option", "default", "meaning"), rows)])


def _default(option: Any) -> str:
    if option.required:
        return "required"
    if option.default is None or option.default is False:
        return ""
    return _literal(option.default)


def _help(option: Any) -> str:
    bounds = [f"at least {option.min}"] if getattr(option, "min", None) is not None else []
    bounds += [f"at most {option.max}"] if getattr(option, "max", None) is not None else []
    variable = f"Also from the environment variable `{option.envvar}`." if option.envvar else ""
    return " ".join(part for part in (option.help or "", f"({', '.join(bounds)})" if bounds else "", variable) if part)


# --------------------------------------------------------------------------------------------------- dataset file


def dataset_file_page() -> str:
    """Every key of a dataset file, the types and the functions of expressions."""
    schema = DatasetFile.model_json_schema()
    entries = {"DatasetFile": schema, **schema.pop("$defs")}
    order = ["DatasetFile", "SizeEntry", "TableEntry", "ColumnEntry", "RuleEntry"]
    named = sorted(entries, key=lambda name: (order.index(name) if name in order else len(order), name))
    return _page(
        "The dataset file",
        "A dataset is one YAML file of at most 1 MiB. Only `true` and `false` are truth values; dates are text; a key given "
        "twice, an unknown key and a merge key are refused, each with its line. The same shape as a JSON Schema, for an "
        "editor to complete from: [dataset.schema.json](dataset.schema.json).",
        *(_entry(name, entries[name], entries) for name in named),
        "## Types\n\n"
        + ", ".join(f"`{name}`" for name in TYPE_NAMES)
        + ". `varchar` and `char` take a length, `numeric` "
        "precision and scale; `[]` after a type makes an array. The DDL, Arrow and file formats derive from these.",
        "## Expressions\n\nPython's grammar, cut down: constants, columns of the row, `table.column` of an ancestor, `as_of`, "
        "`epoch`, `ordinal`, `part`, `id`, arithmetic, comparisons, `and`/`or`/`not`, `a if c else b`, `x in (…)` and the "
        "functions below. Nulls follow SQL: what is computed from a null is null, and a null condition counts as false.",
        as_table(("function", "gives"), [_function(item.doc) for _, item in sorted(FUNCTIONS.items())]),
    )


def existing_file_page() -> str:
    """Every key of a dataset file over a database's own tables."""
    schema = ExistingFile.model_json_schema()
    entries = {"ExistingFile": schema, **schema.pop("$defs")}
    return _page(
        "The dataset file for existing tables",
        "A file with `tables_from: database` fills the tables that the target has: [Seed your service's database]"
        "(../guides/seed-your-services-database.md). It says only what is wanted otherwise than it would be planned; "
        "`understudy init` writes the whole plan in this form. A table is called as in the plan: `name`, or "
        "`schema.name` outside the database's usual schema. A table, a column or a key that does not exist is refused, "
        "with the file and the line. A dataset that brings tables of its own is "
        "[another kind of file](dataset-file.md).",
        *(_entry(name, entries[name], entries) for name in ("ExistingFile", "ExistingTable", "ExistingColumn")),
    )


def _function(doc: str) -> tuple[str, str]:
    signature, _, meaning = doc.partition(":")
    return f"`{signature}`", meaning.strip()


def _entry(name: str, entry: dict[str, Any], entries: dict[str, Any]) -> str:
    required = entry.get("required", [])
    rows = [
        (
            f"`{key}`",
            _shape(value, entries),
            "required"
            if key in required
            else _literal(value["default"])
            if value.get("default") not in (None, "", [], {})
            else "",
            value.get("description", ""),
        )
        for key, value in entry.get("properties", {}).items()
    ]
    return f"## {name}\n\n{entry.get('description', '')}\n\n{as_table(('key', 'takes', 'default', 'meaning'), rows)}"


def _shape(value: dict[str, Any], entries: dict[str, Any]) -> str:
    """A JSON Schema node in a few words, with links to the entries it names."""
    if value.get("x-generator"):
        return "[a generator](generators.md)"
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    choices = value.get("anyOf") or value.get("oneOf")
    if choices:
        return " or ".join(dict.fromkeys(_shape(item, entries) for item in choices if item.get("type") != "null"))
    inner = next(iter(value.get("patternProperties", {}).values()), value.get("additionalProperties"))
    if value.get("type") == "object" and isinstance(inner, dict):
        return f"mapping of name to {_shape(inner, entries)}"
    if value.get("type") == "array":
        inner_words = _shape(value.get("items", {}), entries)
        return f"list of ({inner_words})" if " or " in inner_words else f"list of {inner_words}"
    words = {"integer": "whole number", "string": "text", "boolean": "true or false", "null": "nothing"}
    return words.get(str(value.get("type")), str(value.get("type", "anything")))


# --------------------------------------------------------------------------------------------------------- errors


def errors_page() -> str:
    """Exit codes and every stable code, with the class that carries it and what it says."""
    codes = error_codes()
    classes = {**_classes(generation_errors, GenerationError), **_classes(seed_errors, SeedError)}
    rows = []
    for code, (owner, message, hint) in sorted(codes.items()):
        rows.append((f"`{code}`", f"`{owner}`", str(_exit_code(classes[owner])), ticks(message), hint))
    return _page(
        "Errors",
        "A refusal is `error[CODE]: what is wrong`, an empty line, and `hint: what to do next`. Codes are stable; words are "
        "not. With `--json` the same facts are one JSON object on stderr, and the service answers with a problem document "
        "(RFC 9457) whose `title` is the code. What the address library refuses keeps [its own code](env-config.md#codes).",
        "## Exit codes",
        as_table(("exit", "means"), _exit_rows()),
        "## Codes",
        "`{…}` stands for the offending value. What concerns one table or column and stops no other is no error but "
        "[a finding](findings.md).",
        as_table(("code", "error", "exit", "says", "hint"), rows),
        "## The two trees",
        f"```text\n{_tree(generation_errors)}\n\n{_tree(seed_errors)}\n```",
    )


def _exit_rows() -> list[tuple[str, str]]:
    found = re.findall(r"^ *(\d) {2}(.+)$", refusals.__doc__ or "", flags=re.M)
    return [(number, words) for number, words in found]


def _exit_code(kind: type[Exception]) -> int:
    return refusals.exit_code(kind.__new__(kind))


def _tree(module: Any) -> str:
    lines = (module.__doc__ or "").splitlines()[1:]
    return "\n".join(line.removeprefix("    ") for line in lines).strip("\n")


def _classes(module: Any, root: type[Exception]) -> dict[str, type[Exception]]:
    return {name: item for name, item in vars(module).items() if isinstance(item, type) and issubclass(item, root)}


def error_codes() -> dict[str, tuple[str, str, str]]:
    """Every stable code, with its class, what it says and its hint."""
    classes = {**_classes(generation_errors, GenerationError), **_classes(seed_errors, SeedError)}
    found: dict[str, tuple[str, str, str]] = {
        kind.code: (name, _first_sentence(kind), "") for name, kind in classes.items() if "code" in vars(kind)
    }
    for room in _ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for code, owner, message, hint in _codes_in(ast.parse(path.read_text(encoding="utf-8")), classes):
                known = found.get(code)
                if known is None or (not known[1] and message):
                    found[code] = (owner, message, hint)
                elif not known[2] and hint and code not in {kind.code for kind in classes.values()}:
                    found[code] = (known[0], known[1], hint)
    return found


def _first_sentence(kind: type) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]


def _codes_in(tree: ast.Module, classes: dict[str, type[Exception]]) -> Iterator[tuple[str, str, str, str]]:
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from _codes_of_call(node, node.func.id, classes, constants)
        elif isinstance(node, ast.Tuple):
            yield from _codes_of_row(node, classes)


def _codes_of_call(
    node: ast.Call, name: str, classes: dict[str, type[Exception]], constants: dict[str, Any]
) -> Iterator[tuple[str, str, str, str]]:
    if name not in classes:
        return
    keywords = {item.arg: item.value for item in node.keywords}
    code = keywords.get("code")
    value = constants.get(code.id) if isinstance(code, ast.Name) else getattr(code, "value", None)
    if isinstance(value, str) and _CODE.match(value):
        message = literal_words(node.args[0]) if node.args else ""
        yield value, name, message, literal_words(keywords["hint"]) if "hint" in keywords else ""


def _codes_of_row(node: ast.Tuple, classes: dict[str, type[Exception]]) -> Iterator[tuple[str, str, str, str]]:
    """A row of a table of refusals: the error's class, then its code, then its hint."""
    for place, item in enumerate(node.elts[:-1]):
        code = node.elts[place + 1]
        if isinstance(item, ast.Name) and item.id in classes and isinstance(code, ast.Constant):
            hint = literal_words(node.elts[place + 2]) if place + 2 < len(node.elts) else ""
            if isinstance(code.value, str) and _CODE.match(code.value):
                yield code.value, item.id, "the database's own words", hint


# -------------------------------------------------------------------------------------------------------- borough


def borough_page() -> str:
    """The packaged dataset: tables, columns, constraints, promises and rules."""
    dataset = load_dataset("borough")
    size = dataset.spec.size
    rows = [(f"[`{table.name}`](#{table.name})", table.description) for table in dataset.stored]
    rules = [(f"`{rule.name}`", rule.description) for rule in dataset.spec.rules]
    return _page(
        "The dataset borough",
        dataset.spec.description,
        f"Version {dataset.spec.version}. Its size counts {size.unit}s, {size.default:,} unless asked otherwise, "
        f"{size.per_root} under each row of `{size.root}`. Reference date: {dataset.spec.as_of}.",
        "## Tables, in load order",
        as_table(("table", "holds"), rows),
        *(_stored_table(dataset, table) for table in dataset.stored),
        "## Rules",
        "Each is a query in the dataset file that must return no row. `understudy verify borough --sql` prints them all, with "
        "one more for every foreign key.",
        as_table(("rule", "says"), rules),
    )


def _stored_table(dataset: Dataset, table: TableSpec) -> str:
    references = {key.column: f"{key.table}.{key.target}" for key in table.foreign_keys}
    sized = {part.count.size for part in table.parts if part.count.kind == "fill"}
    rows = [
        (
            f"`{column.name}`",
            f"`{column.type}`",
            _null(column.nullable, column.nulls, column.only_if),
            "from the fill" if column.name in sized else f"`{column.generator.name}`",
            ", ".join(f"`{promise}`" for promise in _promises(dataset, table.name, column.name)),
            " ".join(part for part in (f"References `{references[column.name]}`." if column.name in references else "",
                                       column.description) if part),
        )
        for column in table.stored_columns
    ]  # fmt: skip
    lines = [f"- Belongs to `{table.parent}`; rows: {'; '.join(map(_part, table.parts))}."] if table.parent else []
    lines += [f"- Kept only where `{_one_line(table.keep)}`."] if table.keep else []
    lines += [f"- Primary key ({', '.join(table.primary_key)})."] if table.primary_key else []
    lines += [f"- Unique ({', '.join(key.columns)})." for key in table.unique]
    lines += [f"- Index on ({', '.join(columns)})." for columns in table.indexes]
    lines += [f"- Check `{check.name}`: `{_one_line(check.predicate)}`." for check in table.checks]
    columns = as_table(("column", "type", "null", "generator", "promise", "notes"), rows)
    return f"## {table.name}\n\n{table.description}\n\n{columns}\n\n" + "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _null(nullable: bool, nulls: float, only_if: str) -> str:
    if not nullable:
        return "no"
    parts = [f"{nulls:.0%}"] if nulls else []
    parts += [f"unless `{_one_line(only_if)}`"] if only_if else []
    return ", ".join(parts) or "yes"


def _part(part: PartSpec) -> str:
    count = part.count
    words = {
        "fixed": str(count.rows),
        "choice": "by weight",
        "expression": f"`{_one_line(count.expression)}`",
        "fill": f"sizes that add up to {count.total}",
        "rows_of": f"as many as `{count.table}` has",
    }[count.kind]
    return f"{words} (at most {part.maximum})" + (f" in part `{part.name}`" if part.name != "row" else "")


def _promises(dataset: Dataset, table: str, name: str) -> list[str]:
    """The promises of the generators behind a column, through relatives and columns that are only copied."""
    column: Column = dataset.tables[table].columns[name]
    found = {str(bound.definition.promise) for bound in bounds_of(column.bound) if bound.definition.promise}
    for bound in bounds_of(column.bound):
        if bound.definition.name == "relative":
            found.update(_promises(dataset, bound.parameters.table, bound.parameters.column))
        elif bound.definition.name == "expression":
            text = bound.parameters.value.text.strip()
            owner, _, copied = text.rpartition(".")
            if copied in dataset.tables.get(owner or table, dataset.tables[table]).columns and text != name:
                found.update(_promises(dataset, owner or table, copied))
    return sorted(found)


# -------------------------------------------------------------------------------------------------------- service


def service_page() -> str:
    """Every endpoint of the service."""
    paths = create_app().openapi()["paths"]
    rows = [
        (f"`{method.upper()} {path}`", operation.get("description", operation.get("summary", "")))
        for path, methods in sorted(paths.items())
        for method, operation in methods.items()
    ]
    return _page(
        "The service",
        "`understudy serve` (or `make serve`) answers on this machine, port 8400 unless asked otherwise. It only reads "
        "definitions: no endpoint touches a database. `/docs` shows the same with a form to try each call.",
        as_table(("endpoint", "answers"), rows),
        "A refusal is a problem document (RFC 9457); its `title` is one of [the stable codes](errors.md).",
    )


PAGES: Pages = {
    "generators.md": generators_page,
    "cli.md": cli_page,
    "dataset-file.md": dataset_file_page,
    "existing-dataset-file.md": existing_file_page,
    "errors.md": errors_page,
    "findings.md": findings_page,
    "borough.md": borough_page,
    "service.md": service_page,
}


def stale_pages(folder: Path = REFERENCE) -> list[str]:
    """The pages in ``folder`` that are not what the definitions say."""
    return reference_page.stale(PAGES, folder)


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` say which of them are out of date."""
    return reference_page.write_or_check(PAGES, _SCRIPT, arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
