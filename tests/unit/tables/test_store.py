"""The store: what a content hash says, when a table is rebuilt, and what a failed build leaves behind."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.notes import Kind, Note
from pipelines.tables.store import Made, QueryFailed, Store, TableMissing, content_hash, text_hash

TWO_ROWS = pl.DataFrame({"area": ["E1", "E2"], "value": [1.5, None]})


def build(
    store: Store, table: str, frame: pl.DataFrame, *, reads: tuple[str, ...] = (), code: str = "1", fresh: bool = False
) -> bool:
    """Build a table and say whether it was reused."""
    return store.build(table, lambda: frame, reads=reads, code_version=code, description="Two areas.", fresh=fresh)[1]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "tables")


def test_hash_is_the_same_for_any_row_or_column_order() -> None:
    assert content_hash(TWO_ROWS) == content_hash(TWO_ROWS.reverse().select("value", "area"))


ROWS = st.lists(
    st.tuples(
        st.none() | st.text(max_size=3),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.integers(-9, 9),
        st.none() | st.booleans(),
    ),
    max_size=8,
)


@given(rows=ROWS, data=st.data())
def test_hash_survives_any_shuffle_of_rows(rows: list[tuple[object, ...]], data: st.DataObject) -> None:
    schema = {"a": pl.String, "b": pl.Float64, "c": pl.Int64, "d": pl.Boolean}
    shuffled = data.draw(st.permutations(rows))
    assert content_hash(pl.DataFrame(rows, schema, orient="row")) == content_hash(
        pl.DataFrame(shuffled, schema, orient="row")
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pl.Series([0.0]), pl.Series([-0.0])),
        (pl.Series([1.0]), pl.Series([1.000000000001])),
        (pl.Series([123456789.12]), pl.Series([123456789.1201])),
        (pl.Series(["a", "b"], dtype=pl.Categorical), pl.Series(["a", "b"])),
        (pl.Series(["a", "b"], dtype=pl.Enum(["b", "a"])), pl.Series(["a", "b"])),
        (pl.Series(["1.5"]).cast(pl.Decimal(9, 2)), pl.Series([1.5])),
    ],
    ids=["minus zero", "12th digit", "13th digit", "categorical", "enum", "decimal"],
)
def test_hash_does_not_see(one: pl.Series, other: pl.Series) -> None:
    assert content_hash(one.to_frame("a")) == content_hash(other.to_frame("a"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pl.Series([None], dtype=pl.String), pl.Series([""])),
        (pl.Series([1.0]), pl.Series([1.000000001])),
        (pl.Series([None], dtype=pl.Float64), pl.Series([0.0])),
        (pl.Series(["a"]), pl.Series(["A"])),
        (pl.Series(["a"]), pl.Series(["a", "a"])),
        (pl.Series(["a,b"]), pl.Series(["a\nb"])),
    ],
    ids=["null and empty", "10th digit", "null and zero", "case", "a row twice", "separators"],
)
def test_hash_sees(one: pl.Series, other: pl.Series) -> None:
    assert content_hash(one.to_frame("a")) != content_hash(other.to_frame("a"))


def test_hash_is_that_of_the_sorted_csv_with_n_for_null() -> None:
    r"""Columns by name, rows sorted, `\N` for null: anybody can recompute it."""
    shown = TWO_ROWS.reverse().select("value", "area")
    assert content_hash(shown) == hashlib.sha256(b"area,value\nE1,1.5\nE2,\\N\n").hexdigest()


def test_hash_sees_a_column_name_and_which_row_a_value_stands_in() -> None:
    swapped = pl.DataFrame({"area": ["E2", "E1"], "value": [1.5, None]})
    assert content_hash(TWO_ROWS) != content_hash(swapped)
    assert content_hash(TWO_ROWS) != content_hash(TWO_ROWS.rename({"value": "amount"}))


def test_text_hash_keeps_texts_apart() -> None:
    assert text_hash("ab", "c") != text_hash("a", "bc")


def test_a_table_comes_back_as_built_with_its_record(store: Store) -> None:
    made = Made(
        TWO_ROWS,
        counts=[{"path": "a.csv", "rows_in": 2}],
        notes=[Note(Kind.ROWS_REJECTED, path="a.csv", count=2, counted=((2, "no value"),))],
    )
    record, reused = store.build("core.area", lambda: made, code_version="1", description="Two areas.")
    assert not reused
    assert store.read("core.area").equals(TWO_ROWS)
    assert store.record("core.area") == record
    assert (record.rows, record.columns, record.content_hash) == (2, ["area", "value"], content_hash(TWO_ROWS))
    assert (record.counts, record.notes) == (made.counts, made.notes)
    assert (record.inputs, record.description) == ({}, "Two areas.")


@pytest.mark.parametrize(
    "damage",
    [{"warnings": ["A sentence of an earlier version."]}, {"notes": ["A sentence."]}, {"notes": [{"kind": "new"}]}],
)
def test_a_record_with_sentences_or_unknown_notes_counts_as_none_and_is_built_again(
    store: Store, damage: dict[str, object]
) -> None:
    build(store, "core.area", TWO_ROWS)
    beside = store.path("core.area").with_suffix(".json")
    beside.write_text(json.dumps(json.loads(beside.read_text()) | damage))
    assert store.record("core.area") is None
    assert not build(store, "core.area", TWO_ROWS)
    assert store.record("core.area") is not None


def test_a_record_of_an_earlier_version_without_sentences_is_still_good(store: Store) -> None:
    build(store, "core.area", TWO_ROWS)
    beside = store.path("core.area").with_suffix(".json")
    said = json.loads(beside.read_text())
    del said["notes"]
    beside.write_text(json.dumps(said | {"warnings": []}))
    assert build(store, "core.area", TWO_ROWS)


def test_unchanged_inputs_and_code_reuse_the_table_without_making_it(store: Store) -> None:
    build(store, "staging.area", TWO_ROWS)
    build(store, "core.area", TWO_ROWS, reads=("staging.area",))

    def never() -> pl.DataFrame:
        raise AssertionError("made again")

    record, reused = store.build("core.area", never, reads=("staging.area",), code_version="1", description="")
    assert reused
    assert record.inputs == {"staging.area": content_hash(TWO_ROWS)}


def test_an_input_rebuilt_with_the_same_content_changes_nothing_downstream(store: Store) -> None:
    build(store, "staging.area", TWO_ROWS)
    build(store, "core.area", TWO_ROWS, reads=("staging.area",))
    assert not build(store, "staging.area", TWO_ROWS.reverse(), code="2")
    assert build(store, "core.area", TWO_ROWS, reads=("staging.area",))


def test_a_changed_input_rebuilds(store: Store) -> None:
    build(store, "staging.area", TWO_ROWS)
    build(store, "core.area", TWO_ROWS, reads=("staging.area",))
    build(store, "staging.area", TWO_ROWS.head(1), code="2")
    assert not build(store, "core.area", TWO_ROWS.head(1), reads=("staging.area",))
    assert store.read("core.area").height == 1


def test_changed_code_rebuilds(store: Store) -> None:
    build(store, "core.area", TWO_ROWS)
    assert not build(store, "core.area", TWO_ROWS.head(1), code="2")
    assert store.read("core.area").height == 1


def test_another_set_of_inputs_rebuilds(store: Store) -> None:
    build(store, "staging.area", TWO_ROWS)
    build(store, "core.area", TWO_ROWS)
    assert not build(store, "core.area", TWO_ROWS, reads=("staging.area",))


def test_fresh_rebuilds_what_has_not_changed(store: Store) -> None:
    build(store, "core.area", TWO_ROWS)
    assert build(store, "core.area", TWO_ROWS)
    assert not build(store, "core.area", TWO_ROWS, fresh=True)


def test_a_builder_that_fails_leaves_the_old_table_whole(store: Store) -> None:
    build(store, "core.area", TWO_ROWS)
    before = store.record("core.area")

    def fails() -> pl.DataFrame:
        raise RuntimeError("no memory")

    with pytest.raises(RuntimeError, match="no memory"):
        store.build("core.area", fails, code_version="2", description="")
    assert store.record("core.area") == before
    assert store.read("core.area").equals(TWO_ROWS)


def test_a_table_that_cannot_be_written_leaves_the_old_one_whole(store: Store) -> None:
    build(store, "core.area", TWO_ROWS)
    before = store.record("core.area")
    with pytest.raises(pl.exceptions.ComputeError):
        build(store, "core.area", pl.DataFrame({"nested": [[1, 2]]}), code="2")
    assert store.record("core.area") == before
    assert store.read("core.area").equals(TWO_ROWS)


def test_a_crash_before_the_record_is_a_table_never_built(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    build(store, "core.area", TWO_ROWS)

    def crash(*_: object) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr("pipelines.tables.store.write_atomically", crash)
        with pytest.raises(OSError, match="power cut"):
            build(store, "core.area", TWO_ROWS.head(1), code="2")
    assert store.record("core.area") is None
    with pytest.raises(TableMissing):
        store.read("core.area")
    assert not build(store, "core.area", TWO_ROWS)
    assert store.read("core.area").equals(TWO_ROWS)


def test_no_half_written_file_is_left(store: Store) -> None:
    build(store, "core.area", TWO_ROWS)
    assert sorted(file.name for file in (store.root / "core").iterdir()) == ["area.json", "area.parquet"]


def test_a_missing_table_is_named_with_what_to_run(store: Store) -> None:
    with pytest.raises(TableMissing, match=r"core\.area has not been built.*inequality run"):
        store.read("core.area")
    with pytest.raises(TableMissing, match=r"core\.b reads core\.area"):
        build(store, "core.b", TWO_ROWS, reads=("core.area",))
    with pytest.raises(TableMissing, match=r"b\.sql reads core\.area"):
        store.query("from core.area", ["core.area"], where="b.sql")


@pytest.mark.parametrize("name", ["area", "core.", ".area", "core.area.x", "core/area", "../core.area", "core.a b", ""])
def test_a_bad_table_name_is_refused(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match=r"layer\.name"):
        store.path(name)


def test_a_query_reads_the_named_tables(tmp_path: Path) -> None:
    store = Store(tmp_path / "it's here")
    build(store, "core.area", TWO_ROWS)
    got = store.query("select area from core.area where value is null", ["core.area"])
    assert got["area"].to_list() == ["E2"]


def test_a_refused_query_names_the_file_and_shows_the_text(store: Store) -> None:
    build(store, "core.area", TWO_ROWS)
    sql = "select no_such_column from core.area"
    with pytest.raises(QueryFailed) as failed:
        store.query(sql, ["core.area"], where="sql/core/b.sql")
    assert "sql/core/b.sql" in str(failed.value)
    assert sql in str(failed.value)


def test_an_unreadable_parquet_names_the_query_that_met_it(store: Store) -> None:
    build(store, "core.area", TWO_ROWS)
    store.path("core.area").write_bytes(b"not parquet")
    with pytest.raises(QueryFailed, match=r"sql/core/b\.sql.*area\.parquet"):
        store.query("from core.area", ["core.area"], where="sql/core/b.sql")


def test_a_text_without_a_statement_is_refused(store: Store) -> None:
    with pytest.raises(QueryFailed, match="one SELECT"):
        store.query("-- nothing here", [])


def test_a_query_answers_in_utc_whatever_the_machine_says(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    answer = store.query("select cast(timestamptz '2026-01-01 00:00:00+00' as varchar) as said", [])
    assert answer.item().startswith("2026-01-01 00:00:00")


def test_a_query_says_the_same_with_1_and_8_threads(tmp_path: Path) -> None:
    many = pl.DataFrame({"n": pl.int_range(300_000, eager=True)}).with_columns(
        area=pl.format("E{}", pl.col("n") % 700), value=(pl.col("n") * 7919 % 10_007) / 97
    )
    build(Store(tmp_path), "core.figure", many)
    sql = """
        select area, count(*) as n, sum(cast(value as decimal(18, 6))) as total, max(value) as most
        from core.figure
        group by area
    """
    hashes = {content_hash(Store(tmp_path, threads=n).query(sql, ["core.figure"])) for n in (1, 8)}
    assert len(hashes) == 1


def test_threads_reach_duckdb(tmp_path: Path) -> None:
    answer = Store(tmp_path, threads=3).query("select current_setting('threads') as n", [])
    assert answer.item() == 3


def build_pair(store: Store, text: str, *, die_between: bool = False) -> bool:
    """Build `staging.a`, which also builds `rejected.a`, from `raw.a`; say whether it was reused."""
    build(store, "raw.a", pl.DataFrame({"text": [text]}), code=text)

    def make() -> pl.DataFrame:
        store.build(
            "rejected.a", lambda: TWO_ROWS, reads=["raw.a"], code_version="1", description="Refused.", fresh=True
        )
        if die_between:
            raise OSError("power cut")
        return TWO_ROWS

    return store.build(
        "staging.a", make, reads=["raw.a"], code_version="1", description="Rows.", beside=["rejected.a"]
    )[1]


def test_a_table_is_reused_only_while_what_is_built_beside_it_stands_from_the_same_input(store: Store) -> None:
    assert not build_pair(store, "first")
    assert build_pair(store, "first")
    with pytest.raises(OSError, match="power cut"):
        build_pair(store, "second", die_between=True)
    assert not build_pair(store, "first")
    assert build_pair(store, "first")


@pytest.mark.parametrize("damaged", ["{", "[]", '{"table": "core.a"}'])
def test_a_table_with_a_damaged_record_is_built_anew(store: Store, damaged: str) -> None:
    build(store, "core.a", TWO_ROWS)
    beside = store.path("core.a").with_suffix(".json")
    whole = beside.read_text()
    beside.write_text(damaged)
    assert store.record("core.a") is None
    assert not build(store, "core.a", TWO_ROWS)
    assert beside.read_text()[:20] == whole[:20]
