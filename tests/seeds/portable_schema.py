"""A landlord's tables as somebody else might have made them, in what every database here has: for filling them.

The definition is SQLAlchemy's, so each server gets its own spelling of it; the triggers are written out for each.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
)


def _number() -> Column[int]:
    """A key that the database counts up by itself."""
    return Column("id", Integer, Identity(), primary_key=True)


def landlord() -> MetaData:
    """The tables, made anew: creating them in one database leaves marks that others would see."""
    tables = MetaData()
    for add in (_add_people, _add_homes, _add_money, _add_words):
        add(tables)
    return tables


def _add_people(tables: MetaData) -> None:
    Table(
        "ward",
        tables,
        Column("code", String(9), primary_key=True),
        Column("name", String(40), nullable=False, unique=True),
    )
    Table(
        "team",
        tables,
        _number(),
        Column("name", String(60), nullable=False, unique=True),
        Column("lead_id", ForeignKey("officer.id", use_alter=True, name="team_lead")),
    )
    Table(
        "officer",
        tables,
        _number(),
        Column("team_id", ForeignKey("team.id"), nullable=False),
        Column("manager_id", ForeignKey("officer.id")),
        Column("email", String(120), nullable=False, unique=True),
        Column("grade", String(10), nullable=False),
        Column("started", Date, nullable=False),
        Column("ended", Date),
        CheckConstraint("grade IN ('junior', 'senior', 'principal')", name="officer_grade"),
        CheckConstraint("ended > started", name="officer_time"),
    )


def _add_homes(tables: MetaData) -> None:
    Table(
        "home",
        tables,
        Column("ward_code", ForeignKey("ward.code"), nullable=False),
        Column("number", Integer, nullable=False, autoincrement=False),
        Column("kind", Enum("flat", "house", "room", name="home_kind", create_constraint=True), nullable=False),
        Column("bedrooms", SmallInteger, nullable=False),
        Column("rent", Numeric(8, 2), nullable=False),
        Column("yearly_rent", Numeric(10, 2), Computed("rent * 52", persisted=True)),
        PrimaryKeyConstraint("ward_code", "number"),
        CheckConstraint("bedrooms BETWEEN 1 AND 9", name="home_bedrooms"),
        CheckConstraint("rent > 0 AND rent < 1000", name="home_rent"),
    )
    Table(
        "tenancy",
        tables,
        _number(),
        Column("ward_code", String(9), nullable=False),
        Column("home_number", Integer, nullable=False),
        Column("reference", String(12), nullable=False, unique=True),
        Column("starts", Date, nullable=False),
        Column("ends", Date),
        Column("status", String(8), nullable=False),
        Column("closed_because", String(80)),
        Column("details", JSON),
        ForeignKeyConstraint(["ward_code", "home_number"], ["home.ward_code", "home.number"]),
        UniqueConstraint("ward_code", "home_number", "starts"),
        CheckConstraint("length(reference) BETWEEN 6 AND 12", name="tenancy_reference"),
        CheckConstraint("ends IS NULL OR ends >= starts", name="tenancy_time"),
        CheckConstraint("status IN ('offered', 'running', 'closed')", name="tenancy_status"),
        CheckConstraint("(status = 'closed') = (closed_because IS NOT NULL)", name="tenancy_closed"),
    )


def _add_money(tables: MetaData) -> None:
    Table(
        "payment",
        tables,
        _number(),
        Column("tenancy_id", ForeignKey("tenancy.id"), nullable=False),
        Column("officer_id", ForeignKey("officer.id")),
        Column("amount", Numeric(8, 2), nullable=False),
        Column("paid_on", Date, nullable=False),
        UniqueConstraint("tenancy_id", "paid_on"),
        CheckConstraint("amount <> 0 AND amount >= -500 AND amount <= 500", name="payment_amount"),
    )
    Table(
        "payment_log",
        tables,
        _number(),
        Column("payment_id", ForeignKey("payment.id")),
        Column("noted", String(40), nullable=False),
    )


def _add_words(tables: MetaData) -> None:
    Table("tag", tables, Column("word", String(20), primary_key=True))
    Table(
        "home_tag",
        tables,
        Column("ward_code", String(9), primary_key=True),
        Column("home_number", Integer, primary_key=True, autoincrement=False),
        Column("tag", ForeignKey("tag.word"), primary_key=True),
        ForeignKeyConstraint(["ward_code", "home_number"], ["home.ward_code", "home.number"]),
    )
    Table(
        "note",
        tables,
        _number(),
        Column("tenancy_id", ForeignKey("tenancy.id")),
        Column("officer_id", ForeignKey("officer.id")),
        Column("body", Text, nullable=False),
        Column("written_at", DateTime, nullable=False, server_default=func.current_timestamp()),
        CheckConstraint("(tenancy_id IS NULL) <> (officer_id IS NULL)", name="note_about_one"),
        CheckConstraint("length(trim(body)) > 0", name="note_body"),
    )
    Table("preference", tables, Column("word", String(30)), Column("number", Integer))


EXISTING: dict[str, list[dict[str, object]]] = {
    "ward": [{"code": "E05009999", "name": "Old Ford"}],
    "tag": [{"word": "lift"}, {"word": "garden"}],
    "team": [{"id": 1, "name": "Repairs"}],
}
"""What stands in the tables before."""

_REFUSED = "a tenancy cannot begin before 1900"
_TEXT_KEY = "film_id integer PRIMARY KEY, title varchar(255) NOT NULL, description text"
_COPY = "INSERT INTO film_text (film_id, title, description) VALUES (NEW.film_id, NEW.title, NEW.description)"
_LOG = "INSERT INTO payment_log (payment_id, noted) VALUES (NEW.id, 'received')"

TRIGGERS: dict[str, tuple[str, ...]] = {
    "postgres": (
        f"""CREATE FUNCTION guard_tenancy() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF NEW.starts < DATE '1900-01-01' THEN RAISE EXCEPTION '{_REFUSED}'; END IF;
            NEW.reference := upper(NEW.reference); RETURN NEW; END $$""",
        "CREATE TRIGGER guard BEFORE INSERT ON tenancy FOR EACH ROW EXECUTE FUNCTION guard_tenancy()",
        f"CREATE FUNCTION log_payment() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_LOG}; RETURN NULL; END $$",
        "CREATE TRIGGER log AFTER INSERT ON payment FOR EACH ROW EXECUTE FUNCTION log_payment()",
    ),
    "mariadb": (
        f"""CREATE TRIGGER guard BEFORE INSERT ON tenancy FOR EACH ROW BEGIN
            IF NEW.starts < '1900-01-01' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{_REFUSED}'; END IF;
            SET NEW.reference = upper(NEW.reference); END""",
        f"CREATE TRIGGER log AFTER INSERT ON payment FOR EACH ROW {_LOG}",
    ),
    "sqlite": (
        f"""CREATE TRIGGER guard BEFORE INSERT ON tenancy WHEN NEW.starts < '1900-01-01'
            BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END""",
        f"CREATE TRIGGER log AFTER INSERT ON payment BEGIN {_LOG}; END",
    ),
}

FILMS: dict[str, tuple[str, ...]] = {
    "postgres": (
        "CREATE TABLE film (film_id serial PRIMARY KEY, title varchar(255) NOT NULL, description text)",
        f"CREATE TABLE film_text ({_TEXT_KEY})",
        f"CREATE FUNCTION copy_film() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_COPY}; RETURN NULL; END $$",
        "CREATE TRIGGER ins_film AFTER INSERT ON film FOR EACH ROW EXECUTE FUNCTION copy_film()",
    ),
    "mariadb": (
        """CREATE TABLE film (film_id smallint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
           title varchar(255) NOT NULL, description text)""",
        f"CREATE TABLE film_text ({_TEXT_KEY}, FULLTEXT KEY idx_title_description (title, description))",
        f"CREATE TRIGGER ins_film AFTER INSERT ON film FOR EACH ROW BEGIN {_COPY}; END",
    ),
    "sqlite": (
        "CREATE TABLE film (film_id integer PRIMARY KEY AUTOINCREMENT, title varchar(255) NOT NULL, description text)",
        f"CREATE TABLE film_text ({_TEXT_KEY})",
        f"CREATE TRIGGER ins_film AFTER INSERT ON film BEGIN {_COPY}; END",
    ),
}
"""A table whose trigger copies each row's key into another table."""

CIRCLE = (
    "CREATE TABLE shop (id integer PRIMARY KEY, manager_id integer NOT NULL, name varchar(40) NOT NULL{shop_key})",
    """CREATE TABLE seller (id integer PRIMARY KEY, shop_id integer NOT NULL,
       CONSTRAINT seller_shop FOREIGN KEY (shop_id) REFERENCES shop (id))""",
)
CIRCLE_KEY = "CONSTRAINT shop_manager FOREIGN KEY (manager_id) REFERENCES seller (id)"
