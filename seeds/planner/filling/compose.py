"""From a catalogue and a request to a plan: drafts, links, carriers, rows, columns, order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time

from generators import Dataset, GenerationError, Growth, compile_dataset
from generators.spec import DatasetSpec, SizeSpec, TableSpec

from ...catalog import Catalog, Check
from ...findings import Severity
from ..checks.model import Nullity
from ..values import Unrealisable
from .alignment import align
from .columns import ColumnMaker, carried_types
from .computed_keys import make_what_is_referred_to
from .distinct import Sources, settle
from .draft import ABSENT, FROM_EXISTING, FROM_ROWS, Draft, Link
from .history import is_history
from .links import admitted, agree, link_tables, narrowed, selected, set_apart
from .new_partitions import Names, lack_of, tell, tell_of_copies
from .order import Edge, Order, order_tables
from .partition_keys import keys_within
from .partitions import CHECK_NAME, row_model, spread
from .plan import ROOT, FillPlan, FillRequest, FillTable, TableChoice
from .triggers import written_by_triggers
from .wishes import ask_for_distinct
from .working import null_repeats

_ROUNDS = 8


def plan_filling(catalog: Catalog, request: FillRequest) -> FillPlan:
    """Plan what to put into every table of a database, without a connection to it.

    Args:
        catalog: the database as it stands.
        request: what is asked for.

    Returns:
        The engine's definition, the order of loading, and a reason or finding for everything decided.
    """
    drafts = _drafts(catalog, request)
    link_tables(catalog, drafts)
    make_what_is_referred_to(catalog, drafts, datetime.combine(request.as_of, time(), UTC))
    for key, columns in narrowed(drafts).items():
        drafts[key].columns.update(columns)
    maker = ColumnMaker(request.as_of)
    order = _ordered(drafts)
    _settle_rows(catalog, request, drafts, order, maker)
    dataset, tables = _tables(request, drafts, maker)
    order = _ordered({key: draft for key, draft in drafts.items() if draft.rows})
    for key, deferred in order.deferred.items():
        tables[key] = replace(tables[key], deferred=deferred)
    return FillPlan(dataset, request.rows, tables, order.steps)


def _drafts(catalog: Catalog, request: FillRequest) -> dict[str, Draft]:
    moment = datetime.combine(request.as_of, time(), UTC)
    drafts, names = {}, Names(catalog)
    for key, table in sorted(catalog.tables.items()):
        choice = request.choices.get(key, TableChoice())
        asked = round((request.rows if choice.rows is None else choice.rows) * request.scale)
        if not selected(table, (), request.exclude):
            asked = 0
        draft = Draft(
            table, asked, asked, choice, row_model(table, catalog, moment), growth=request.growth.get(key, Growth()),
            salt=f"{request.dataset}/{request.seed}/{key}",
        )  # fmt: skip
        drafts[key] = draft
        _refuse(draft, request, names)
        tell_of_copies(draft, catalog)
    if request.only:
        _keep_only(catalog, drafts, request)
    return drafts


def _refuse(draft: Draft, request: FillRequest, names: Names) -> None:
    """Block what cannot take rows at all."""
    table = draft.table
    if table.existing.count and is_history(table):
        draft.rows = 0
        draft.find(
            "TABLE_HISTORY", "says which migrations the service has run, so it is left as it is", severity=Severity.INFO
        )
    lack = lack_of(table, draft.model, request.as_of, names)
    if table.kind == "foreign":
        draft.block("TABLE_FOREIGN", "a foreign table: its rows live on another server", "fill it there")
    elif not table.insertable:
        draft.block(
            "TABLE_READ_ONLY", "this login may not insert into it", f"GRANT INSERT ON {table.name} TO the login"
        )
    elif table.lacking:
        draft.block(
            "TABLE_OF_SERVICE", f"needs {table.lacking}, which only its service brings", "let the service put rows in"
        )
    elif lack is not None:
        tell(draft, lack)
    for contradiction in draft.model.contradictions:
        if lack is not None and CHECK_NAME in contradiction.checks:
            continue
        draft.block(
            "CHECK_CONTRADICTION", f"no row can satisfy {', '.join(contradiction.checks)}: "
            f"{'; '.join(contradiction.predicates)} ({contradiction.reason})", "correct the constraints",
        )  # fmt: skip
    for opaque in draft.model.opaque:
        draft.find(
            "CHECK_LEFT_TO_DATABASE", f"{opaque.check}: {opaque.predicate}: {opaque.reason}",
            "rows that it refuses are drawn again", severity=Severity.INFO,
        )  # fmt: skip


def _keep_only(catalog: Catalog, drafts: dict[str, Draft], request: FillRequest) -> None:
    """Tables that were not chosen get rows only if a chosen one cannot do without theirs."""
    wanted = {key for key, draft in drafts.items() if selected(draft.table, request.only, request.exclude)}
    pending = list(wanted)
    while pending:
        table = drafts[pending.pop()].table
        declared = [(key.target.key, key.columns) for key in table.foreign_keys]
        within = [(relation.target.key, relation.columns) for relation in keys_within(table, catalog)]
        for needed, columns in (*declared, *within):
            required = any(not table.column(name).nullable for name in columns)
            if required and needed in drafts and needed not in wanted and not drafts[needed].table.existing.count:
                wanted.add(needed)
                pending.append(needed)
    for name, draft in drafts.items():
        if name not in wanted:
            draft.asked = draft.rows = 0


def _ordered(drafts: Mapping[str, Draft]) -> Order:
    edges = []
    for draft in drafts.values():
        for link in draft.links:
            if link.state != ABSENT:
                guessed = not link.relation.declared
                soft = guessed or _soft(draft, link)
                edges.append(Edge(draft.key, link.relation.target.key, link.columns, soft, wish=guessed))
        edges += written_by_triggers(draft, drafts)
    return order_tables(sorted(drafts), edges)


def _soft(draft: Draft, link: Link) -> bool:
    """Whether a link's columns may wait: null is allowed in every world, and a row can be found again."""
    if not link.optional or link.owned != link.columns or draft.table.primary_key is None:
        return False
    key = set(draft.table.primary_key.columns)
    for name in link.columns:
        part = draft.component_of(name)
        if name in key or null_repeats(draft, name) or (part is not None and len(part.columns) > 1):
            return False
        if draft.nullity(draft.column(name)) is not Nullity.MAYBE:
            return False
    return True


def _settle_rows(
    catalog: Catalog, request: FillRequest, drafts: dict[str, Draft], order: Order, maker: ColumnMaker
) -> None:
    """Carriers and rows of every table, parents first, again until nothing of them changes."""
    sequence = [key for step in order.steps for key in step.tables]
    for key in sequence:
        _find_rows(catalog, drafts, drafts[key])
    agree(drafts)
    align(drafts)
    for draft in drafts.values():
        set_apart(draft)
    ask_for_distinct(drafts)
    for _ in range(_ROUNDS):
        before = {key: _settled(draft) for key, draft in drafts.items()}
        rows_of = {key: draft.rows for key, draft in drafts.items()}
        for key in sequence:
            draft = drafts[key]
            _find_rows(catalog, drafts, draft)
            if draft.rows:
                settle(draft, _sources(drafts, rows_of, maker))
                _stay_outside(catalog, request, draft)
            rows_of[key] = draft.rows
        if before == {key: _settled(draft) for key, draft in drafts.items()}:
            return


def _sources(drafts: Mapping[str, Draft], rows_of: Mapping[str, int], maker: ColumnMaker) -> Sources:
    return Sources(drafts, rows_of, maker.capacity, maker.looks_enumerated, maker.listed, maker.slot_room)


def _settled(draft: Draft) -> object:
    """Everything that another table's carriers may depend on, or that depends on theirs."""
    links = tuple((link.state, link.pairing, link.radices, link.below, link.skip) for link in draft.links)
    together = draft.combination and (draft.combination.names, dict(draft.combination.leading or {}))
    return (
        draft.rows, frozenset(draft.distinct), tuple(draft.slots.items()), frozenset(draft.needs_null), links, together,
    )  # fmt: skip


def _find_rows(catalog: Catalog, drafts: Mapping[str, Draft], draft: Draft) -> None:
    """Where each link's rows come from: being made, already there, or nowhere."""
    for link in draft.links:
        target = drafts.get(link.relation.target.key)
        rows = _existing(catalog, link)
        listed = admitted(draft, link, rows)
        if target is not None and target.rows and not listed:
            link.state = FROM_ROWS
            continue
        rows = listed or rows
        if rows:
            link.state = FROM_EXISTING
            draft.existing_of[link.working] = rows
            continue
        link.state = ABSENT
        if not link.optional and link.relation.declared and draft.rows:
            draft.block(
                "TABLE_BLOCKED", f"{link.relation.name} needs a row of {link.relation.target}, which has none and gets none",
                f"see the findings of {link.relation.target}",
            )  # fmt: skip


def _existing(catalog: Catalog, link: Link) -> list[tuple[object, ...]]:
    values = catalog.tables[link.relation.target.key].existing.values
    if any(name not in values for name in link.relation.target_columns):
        return []
    rows = zip(*(values[name] for name in link.relation.target_columns), strict=True)
    return [row for row in rows if all(value is not None for value in row)]


def _stay_outside(catalog: Catalog, request: FillRequest, draft: Draft) -> None:
    """Partial unique keys without room: no row may satisfy their predicate."""
    if not draft.needs_null:
        return
    extra = tuple(
        Check(f"outside {key.name}", f"NOT ({key.predicate})", key.reads)
        for key in draft.table.keys
        if key.name in draft.needs_null
    )
    moment = datetime.combine(request.as_of, time(), UTC)
    model = row_model(replace(draft.table, checks=(*draft.table.checks, *extra)), catalog, moment)
    if model.contradictions:
        draft.rows = min(draft.rows, 1)
        draft.find("ROWS_CAPPED", f"{', '.join(sorted(draft.needs_null))} leaves room for one row")
        return
    draft.model = model


def _tables(request: FillRequest, drafts: dict[str, Draft], maker: ColumnMaker) -> tuple[Dataset, dict[str, FillTable]]:
    """Engine tables for all drafts that have rows; a table that fails takes those along that need it."""
    while True:
        engines = carried_types(drafts)
        specs: dict[str, TableSpec] = {}
        columns = {}
        failed = False
        _number_radices(drafts)
        for key, draft in drafts.items():
            if not draft.rows:
                continue
            try:
                spec, columns[key] = maker.table(draft, engines)
                spec = spread(draft, spec)
            except Unrealisable as error:
                draft.block(
                    "COLUMN_IMPOSSIBLE", f"{error.column}: {error.reason}",
                    "give the column a generator in a dataset file, or a default in the database",
                )  # fmt: skip
                failed = True
                continue
            # Row i of every table appears at size i + 1, so a row's elders are the same whatever else was asked for.
            specs[key] = replace(spec, rows=1.0, most=draft.rows)
        dataset = None if failed else _compiled(request, drafts, list(specs.values()))
        if dataset is not None:
            break
        _drop_dependants(drafts)
    tables = {
        key: FillTable(
            draft.table, draft.asked, draft.rows, columns.get(key, ()),
            tuple(link.relation for link in draft.links if link.state != ABSENT),
            opaque=draft.model.opaque, findings=tuple(draft.findings),
        )
        for key, draft in drafts.items()
    }  # fmt: skip
    return dataset, tables


def _compiled(request: FillRequest, drafts: Mapping[str, Draft], specs: list[TableSpec]) -> Dataset | None:
    """The dataset, if the engine takes the definition; else a table that it refuses is blocked."""
    try:
        return compile_dataset(_dataset(request, specs))
    except GenerationError as error:
        where = error.where[1] if len(error.where) > 1 else ""
        if where not in drafts:
            raise
        drafts[where].block("COLUMN_IMPOSSIBLE", error.message, error.hint or "give it a generator in a dataset file")
        return None


def _dataset(request: FillRequest, specs: list[TableSpec]) -> DatasetSpec:
    return DatasetSpec(
        name=request.dataset,
        version=1,
        as_of=request.as_of,
        size=SizeSpec("row", ROOT, max((spec.most or 0 for spec in specs), default=0)),
        tables=(TableSpec(ROOT, (), stored=False), *specs),
        circular=True,
    )


def _number_radices(drafts: Mapping[str, Draft]) -> None:
    for draft in drafts.values():
        combined = sorted((link for link in draft.links if link.radices), key=lambda link: link.position)
        sizes = tuple(drafts[link.relation.target.key].rows for link in combined)
        for link in combined:
            link.radices = sizes


def _drop_dependants(drafts: Mapping[str, Draft]) -> None:
    """After a table was blocked: its users do without it, or are blocked as well."""
    pending = True
    while pending:
        pending = False
        for draft in drafts.values():
            for link in draft.links:
                if not draft.rows or link.state != FROM_ROWS or drafts[link.relation.target.key].rows:
                    continue
                link.state = ABSENT
                pending = True
                if not link.optional and link.relation.declared:
                    draft.block(
                        "TABLE_BLOCKED", f"{link.relation.name} needs a row of {link.relation.target}, which gets none",
                        f"see the findings of {link.relation.target}",
                    )  # fmt: skip
