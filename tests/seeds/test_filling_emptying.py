"""Where a function of somebody's own refuses value after value, a column that may be empty costs no row."""

from __future__ import annotations

from tests.seeds.filling_trials import trial

FUNCTIONS = (
    "CREATE FUNCTION is_rare(t text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN md5(t) LIKE '00000%'; END $$",
    "CREATE FUNCTION is_third(n int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN md5(n::text) < '5'; END $$",
)


def test_a_value_is_preferred_and_null_is_what_remains(postgres_server: str) -> None:
    """What one value in three satisfies mostly has one; what nothing satisfies is empty, and a finding says in how many."""
    with trial(postgres_server) as ground:
        ground.create(
            *FUNCTIONS,
            "CREATE TABLE t (id int PRIMARY KEY, code text CHECK (is_rare(code)), quantity int CHECK (is_third(quantity)))",
            "CREATE TABLE needed (id int PRIMARY KEY, code text NOT NULL CHECK (is_rare(code)))",
        )
        filled = ground.fill(20)
        assert ground.counts() == {"t": 20, "needed": 0}
        assert ground.wrong() == []
        codes, quantities = ground.rows("SELECT count(code), count(quantity) FROM t")[0]
        told = [one.message for one in filled["t"].findings if one.code == "COLUMN_LEFT_NULL"]
        assert codes == 0
        assert int(str(quantities)) > 5
        assert any(message.startswith("code stays empty in ") for message in told)
        assert filled.codes("needed") >= {"ROWS_REFUSED_CHECK"}
        assert ground.fill(20).report.loaded == 0
