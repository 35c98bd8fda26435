"""Each command's result as text for people or JSON for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from generators import REGISTRY, Dataset, Digest
from generators.providers import describe, find

from ..coherence import Query, orphan_queries, rule_queries
from ..holding import run_of
from ..manifest import Manifest, ManifestStore
from ..planner import Plan
from ..ports import Database
from ..removal import Removal
from ..schema import ddl as ddl_text
from ..verification import Verification
from ..workflow import SeedReport
from .export import ExportedFile
from .render import note, say, say_json, table


def seeded(report: SeedReport, target: Database, *, embedded: bool, as_json: bool) -> None:
    """What was loaded, and how to look at it."""
    manifest = report.manifest
    if as_json:
        say_json(
            {
                "outcome": report.outcome,
                "target": target.location,
                **_facts(manifest),
                "loaded_rows": report.loaded_rows,
                "load_seconds": round(report.load_seconds, 3),
                "seconds": round(report.seconds, 3),
                "rules_checked": report.rules_checked,
            }
        )
        return
    total = sum(manifest.rows.values())
    if report.outcome == "unchanged":
        say(f"{manifest.dataset} is already there, as asked: {total:,} rows. Nothing to do.")
    else:
        say(table(["table", "rows"], list(manifest.rows.items())))
        say()
        rate = report.loaded_rows / report.load_seconds if report.load_seconds else 0
        say(
            f"{report.outcome}: {report.loaded_rows:,} rows in {report.load_seconds:.1f} s "
            f"({rate:,.0f} rows/s); {report.rules_checked} coherence rules hold"
        )
    say(f"seed {manifest.seed}, as of {manifest.as_of}, environment {manifest.environment}")
    say(f"database: {target.location}")
    if embedded:
        say("connect:  understudy database shell, or the URL that 'understudy database url' prints")


def _facts(manifest: Manifest) -> dict[str, Any]:
    return {
        "dataset": manifest.dataset,
        "version": manifest.version,
        "seed": manifest.seed,
        "units": manifest.units,
        "as_of": manifest.as_of,
        "epoch": manifest.epoch,
        "environment": manifest.environment,
        "rows": manifest.rows,
        "tables": manifest.digests,
    }


def planned(plan: Plan, *, as_json: bool) -> None:
    """Tables in load order."""
    if as_json:
        findings = [asdict(finding) | {"fingerprint": finding.fingerprint} for finding in plan.findings]
        say_json(asdict(plan) | {"findings": findings})
        return
    rows = [(t.name, t.rows, t.size_bytes, ", ".join(t.refers_to) or "-") for t in plan.tables]
    say(table(["table", "rows", "bytes", "after"], rows))
    say()
    how = "counted" if plan.exact else "extrapolated"
    say(f"{sum(t.rows for t in plan.tables):,} rows for {plan.units:,} units ({how}); nothing was touched")
    for finding in plan.findings:
        note(f"{finding.severity}[{finding.code}] {finding.subject}: {finding.message}")
        if finding.hint:
            note(f"  hint: {finding.hint}")


def ddl(dataset: Dataset, url: str | None) -> None:
    """The statements that create the tables."""
    dialect = "sqlite" if url and url.startswith("sqlite") else "postgresql"
    say(ddl_text(dataset.stored, dialect))


def verified(manifest: Manifest, result: Verification, *, as_json: bool) -> None:
    """Table by table and rule by rule."""
    if as_json:
        tables = [asdict(item) | {"agrees": item.agrees} for item in result.tables]
        rules = {"orphans": [asdict(r) for r in result.orphans], "rules": [asdict(r) for r in result.rules]}
        say_json({"holds": result.holds, "dataset": manifest.dataset, "tables": tables, **rules})
        return
    say(
        table(
            ["table", "rows", "expected", "digest"],
            [(t.name, t.found_rows, t.expected_rows, _agreement(t.agrees, t.found_digest)) for t in result.tables],
        )
    )
    say()
    say(table(["check", "violations"], [(rule.name, rule.violations) for rule in (*result.orphans, *result.rules)]))
    say()
    say("everything holds" if result.holds else "this database does not hold what the dataset says")


def _agreement(agrees: bool, digest: str) -> str:
    return digest[:16] if agrees else "differs"


def queries(target: Database, dataset: Dataset) -> None:
    """Every coherence query as SQL, ready to paste; each must return no row.

    Where the target holds the dataset beside rows of others, the queries leave those out.
    """
    manifest = ManifestStore(target).read(dataset.name)
    run = None if manifest is None else run_of(dataset, manifest)
    for query in (*orphan_queries(target, dataset, run), *rule_queries(target, dataset, run)):
        _query(query)


def _query(query: Query) -> None:
    say(f"-- {query.name}: {' '.join(query.description.split())}")
    say(f"{query.sql};")
    say()


def removed(dataset: str, removal: Removal, target: Database, *, dropping: bool, as_json: bool) -> None:
    """What was deleted, and which tables were dropped."""
    if as_json:
        facts = {"deleted": removal.rows, "dropped_tables": list(removal.tables)}
        say_json({"dataset": dataset, "target": target.location, **facts})
        return
    say(table(["table", "deleted"], list(removal.rows.items())))
    say()
    say(f"{sum(removal.rows.values()):,} rows of {dataset} deleted; rows of others are as they were")
    if removal.tables:
        say(f"tables dropped: {', '.join(removal.tables)}")
    kept = [name for name in removal.rows if name not in removal.tables]
    if kept:
        why = (
            "not created by this load, or not empty"
            if dropping
            else "with --drop-tables, those that its load created would have gone"
        )
        note(f"tables kept ({why}): {', '.join(kept)}")


def exported(files: list[ExportedFile], *, as_json: bool) -> None:
    """The files written."""
    if as_json:
        say_json({"files": [asdict(file) for file in files]})
        return
    say(table(["file", "rows"], [(file.path, file.rows) for file in files]))


def digested(dataset: Dataset, sums: dict[str, Digest], *, as_json: bool) -> None:
    """Digests by table."""
    specs = {item.name: item for item in dataset.stored}
    digests = {name: sums[name].hexdigest(name, spec.stored_columns) for name, spec in specs.items()}
    rows = {name: sums[name].rows for name in specs}
    if as_json:
        say_json({"tables": digests, "rows": rows})
        return
    say(table(["table", "rows", "digest"], [(name, rows[name], digests[name]) for name in specs]))


def generators(name: str | None, *, as_json: bool) -> None:
    """All generators in a line each, or one in full."""
    if name is None:
        found = [REGISTRY[key] for key in sorted(REGISTRY)]
        if as_json:
            say_json([describe(definition) for definition in found])
            return
        rows = [(d.name, "/".join(d.output), d.promise or "-", d.summary) for d in found]
        say(table(["generator", "makes", "promise", "what it makes"], rows))
        say("\nfaker.<provider> and mimesis.<field> draw from deterministic pools of those libraries' values")
        return
    definition = find(name)
    if as_json:
        say_json(describe(definition))
        return
    say(f"{definition.name} (version {definition.version})\n\n{definition.summary}\n")
    say(f"makes:   {', '.join(definition.output)}")
    say(f"promise: {definition.promise or 'not an identifier'}")
    say(f"unique:  {'yes, by construction' if definition.capacity else 'no'}\n")
    parameters = describe(definition)["parameters"]
    if parameters:
        say(table(["parameter", "kind", "default", "meaning"],
                  [(p["name"], p["kind"], "required" if p["required"] else str(p["default"]), p["doc"]) for p in parameters]))  # fmt: skip
    for example in definition.examples:
        say(f"\ngenerate: {{{definition.name}: {dict(example)}}}")
