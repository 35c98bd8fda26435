"""Reads the services of a book: their names, who may use and fill them, and their entries."""

from __future__ import annotations

from .entries import Layers, Writing, read_entry
from .environments import may_extend
from .model import BookSource, Claim
from .problems import Report
from .shapes import Fields, suggestion
from .templates import parts, render


def read_services(root: Fields, book: BookSource, report: Report) -> None:
    """Fill in entries, places and resources."""
    convention = root.fields("convention")
    book.convention = {key: convention.text(key) for key in convention}
    book.convention_lines = {key: convention.line(key) for key in convention}
    _refuse_unlabelled(book, report)
    shared = {item.service for item in book.shared if item.service}
    names: dict[str, int] = {}
    for name, line, _ in root.fields("services").blocks():
        names[name] = line
    for name, _, fields in root.fields("services").blocks():
        _refuse_taken_aliases(name, fields, names, report)
        _read_service(name, fields, name in shared, root.fields("acl"), book, report)


def _refuse_unlabelled(book: BookSource, report: Report) -> None:
    """A convention that does not say the environment gives every environment the same name."""
    for key, template in book.convention.items():
        line = book.convention_lines[key]
        if not set(parts(template)) - {"service", "key"}:
            hint = "put {environment} into it; production is labelled as well"
            report.add(f"convention.{key} does not say the environment", line, hint=hint)
        if "service" not in parts(template):
            report.add(f"convention.{key} does not say the service", line, hint="put {service} into it")


def derive_domains(book: BookSource) -> None:
    """Where the convention puts the service in front, all that follows is the environment's own domain."""
    head, _, rest = book.convention.get("host", "").partition(".")
    if head != "{service}" or "service" in parts(rest):
        return
    for name, one in book.environments.items():
        found = render(rest, {**one.variables, "environment": name})
        if found.sound and not found.emptied and "." in found.text:
            book.wildcards.append(Claim(name, found.text.lower(), book.convention_lines["host"]))


def _refuse_taken_aliases(name: str, fields: Fields, names: dict[str, int], report: Report) -> None:
    for alias, line in fields.texts("aliases"):
        if alias in names:
            words = f"services.{name}: the alias {alias} is taken (line {names[alias]})"
            report.add(words, line, hint="a name means one service")
        else:
            names[alias] = line


def _read_service(name: str, fields: Fields, shared: bool, acl: Fields, book: BookSource, report: Report) -> None:
    entries = {environment: entry for environment, _, entry in fields.fields("environments").blocks()}
    seeded = _seeding(name, fields, entries, book, report)
    for environment, line, own in fields.fields("environments").blocks():
        where = f"services.{name}.environments.{environment}"
        if environment not in book.environments:
            hint = suggestion(environment, book.environments)
            report.add(f"{where}: no such environment", line, hint=hint)
            continue
        layers = _layers(environment, own, entries, fields, where, book, report)
        writing = Writing(book, report, name, environment, own, layers, where)
        read_entry(writing, fields.words("aliases"), environment in seeded, shared, acl, line)


def _seeding(name: str, fields: Fields, entries: dict[str, Fields], book: BookSource, report: Report) -> set[str]:
    seeded = set()
    for environment, line in fields.texts("seeding"):
        if environment not in book.environments:
            hint = suggestion(environment, book.environments)
            report.add(f"services.{name}.seeding: no environment {environment}", line, hint=hint)
        elif book.environments[environment].protected:
            hint = "remove it: synthetic data never goes there"
            report.add(f"services.{name}.seeding names the protected environment {environment}", line, hint=hint)
        elif environment not in entries:
            report.add(
                f"services.{name}.seeding: the service is not in {environment}",
                line,
                hint="remove it, or add the entry",
            )
        else:
            seeded.add(environment)
    return seeded


def _layers(
    environment: str,
    own: Fields,
    entries: dict[str, Fields],
    service: Fields,
    where: str,
    book: BookSource,
    report: Report,
) -> Layers:
    parent = own.text("extends")
    if not parent:
        return Layers(own, service)
    line = own.line("extends")
    if may_extend(environment, parent, where, line, book, report) is None:
        return Layers(own, service)
    if parent not in entries:
        report.add(f"{where} extends {parent}, where the service is not declared", line, hint="remove extends")
        return Layers(own, service)
    if "extends" in entries[parent]:
        report.add(f"{where} extends {parent}, which extends another", line, hint="extend one step only")
    return Layers(own, entries[parent], service)


def check_acl(acl: Fields, book: BookSource, report: Report) -> None:
    """Every name in the list of who may resolve what exists."""
    names = tuple(dict.fromkeys(entry.service.name for entry in book.entries))
    for environment, line, services in acl.blocks():
        if environment not in book.environments:
            report.add(f"acl.{environment}: no such environment", line, hint=suggestion(environment, book.environments))
        declared = {entry.service.name for entry in book.entries if entry.environment == environment}
        for service in services:
            where = services.line(service)
            if service not in names:
                report.add(f"acl.{environment}.{service}: no such service", where, hint=suggestion(service, names))
            elif service not in declared:
                hint = "write the service's own name, and declare it there"
                report.add(f"acl.{environment}.{service}: the service is not in {environment}", where, hint=hint)
            elif not services.texts(service):
                report.add(
                    f"acl.{environment}.{service} lists nobody", where, hint="name identities, or remove the line"
                )
