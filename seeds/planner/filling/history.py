"""Tables in which migration tools note what they have done: a row too many there, and a service no longer starts."""

from __future__ import annotations

from ...catalog import Table

_NAMES = frozenset(
    {
        "alembic_version", "ar_internal_metadata", "database_change_log", "databasechangelog", "databasechangeloglock",
        "django_migrations", "doctrine_migration_versions", "drizzle_migrations", "efmigrationshistory",
        "flyway_schema_history", "goose_db_version", "knex_migrations", "knex_migrations_lock", "migration_versions",
        "migrations", "pgmigrations", "phinxlog", "prisma_migrations", "refinery_schema_history", "schema_migration",
        "schema_migrations", "schema_version", "schemaversion", "schemaversions", "seaql_migrations", "sequelizemeta",
        "sqlx_migrations", "typeorm_migrations", "yoyo_migration",
    }
)  # fmt: skip


def is_history(table: Table) -> bool:
    """Whether a table is a migration tool's own, by its name."""
    name = table.name.name.lower().strip("_")
    return name in _NAMES or name.endswith(("_schema_migrations", "_alembic_version", "_goose_db_version"))
