"""One numbered case: the same seed and number make the same bytes, on every machine and every day.

What belongs here: choosing a seed file and what is done to it. What does not: how it is done, or what must come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from random import Random

from tests.proofs.fuzzing import grid, json_tree, text_bytes, workbook
from tests.proofs.fuzzing.seeds import Seed

KINDS = ("csv", "workbook", "json")


@dataclass(frozen=True)
class Case:
    """A broken file: `done` names what was done to it; `rows_expected` is how many rows must be counted, if known."""

    name: str
    seed: Seed
    content: bytes
    done: tuple[str, ...]
    rows_expected: int | None = None


@dataclass(frozen=True)
class Stock:
    """The seed files by kind and table, so that a table of many files is not broken more often than one of a few."""

    by_table: dict[str, dict[str, list[Seed]]]

    @classmethod
    def of(cls, seeds: Sequence[Seed]) -> Stock:
        """Sort seeds by kind and table."""
        by_table: dict[str, dict[str, list[Seed]]] = {kind: {} for kind in KINDS}
        for seed in seeds:
            by_table[seed.kind].setdefault(seed.resource.table, []).append(seed)
        return cls(by_table)

    def pick(self, random: Random, kind: str) -> Seed:
        """A seed of one kind."""
        tables = self.by_table[kind]
        return random.choice(tables[random.choice(list(tables))])


def make(stock: Stock, kind: str, number: int, seed: int) -> Case:
    """The case of this number: `kind` is one of KINDS."""
    name = f"{kind}:{number}"
    random = Random(f"{seed}:{name}")
    chosen = stock.pick(random, kind)
    build = {"csv": _broken_csv, "workbook": _broken_workbook, "json": _broken_json}[kind]
    content, done, rows_expected = build(random, chosen, stock)
    if random.random() < 0.01:  # the right bytes under the wrong name
        chosen, rows_expected = stock.pick(random, kind), None
        done = (*done, "wrong_file")
    return Case(name, chosen, content, done, rows_expected)


def _broken_csv(random: Random, seed: Seed, stock: Stock) -> tuple[bytes, tuple[str, ...], int | None]:
    table = seed.sheets[""].copy()
    done = []
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        change = random.choice(grid.KEEPS_ROWS)
        change(random, table)
        done.append(change.__name__)
    rows_expected = _rows_expected(seed, table)
    if random.random() < 0.4:
        change = random.choice(grid.RESHAPES)
        change(random, table)
        done.append(change.__name__)
        rows_expected = None
    if random.random() < 0.15:
        content, rows_expected = text_bytes.write_out_of_order(random, table), None
        done.append("write_out_of_order")
    else:
        content = text_bytes.write(table, text_bytes.a_style(random, seed.style))
    for _ in range(random.choice((0, 0, 0, 1, 2))):
        content, rows_expected = text_bytes.damage(random, content), None
        done.append("damage")
    if random.random() < 0.01:
        content, rows_expected = content + stock.pick(random, "csv").content(), None
        done.append("another_file_after_it")
    return content, tuple(done), rows_expected


def _rows_expected(seed: Seed, table: grid.Grid) -> int | None:
    """How many rows the parser must count, unless a row came so near to blank that it may be none or a footer."""
    if seed.learned.rows_per_line is None:
        return None
    if any(sum(bool(cell.strip()) for cell in row) < 2 for row in table.data()):
        return None
    return len(table.data()) * seed.learned.rows_per_line


def _broken_workbook(random: Random, seed: Seed, stock: Stock) -> tuple[bytes, tuple[str, ...], None]:
    sheets = {name: table.copy() for name, table in seed.sheets.items()}
    done: list[str] = []
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        change = random.choice((*grid.KEEPS_ROWS, *grid.KEEPS_ROWS, *grid.RESHAPES))
        table = random.choice([one for one in sheets.values() if one.rows] or [grid.Grid([[""]], 0)])
        if table.rows:
            change(random, table)
            done.append(change.__name__)
    if random.random() < 0.3:
        sheets = workbook.odd_sheets(random, sheets)
        done.append("odd_sheets")
    odd = {}
    if sheets and random.random() < 0.25:
        name = random.choice(list(sheets))
        odd[name] = workbook.odd_cells(random, sheets[name])
        done.append("odd_cells")
    files = workbook.members(sheets, odd)
    if random.random() < 0.25:
        change_archive = random.choice(workbook.ARCHIVE_CHANGES)
        change_archive(random, files)
        done.append(change_archive.__name__.lstrip("_"))
    if random.random() < 0.02:
        bomb = random.choice(workbook.BOMBS)
        bomb(random, files)
        done.append(bomb.__name__.lstrip("_"))
    content = workbook.packed(random, files)
    for _ in range(random.choice((0, 0, 0, 0, 0, 1))):
        content = text_bytes.damage(random, content)
        done.append("damage")
    if random.random() < 0.01:
        content = stock.pick(random, "csv").content()
        done.append("csv_instead")
    return content, tuple(done), None


def _broken_json(random: Random, seed: Seed, stock: Stock) -> tuple[bytes, tuple[str, ...], int | None]:
    document, done = deepcopy(seed.document), []
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        document, change = json_tree.mutate(random, document)
        done.append(change)
    content, in_order = json_tree.written(random, document)
    rows_expected = None
    if in_order and seed.learned.rows_per_line and isinstance(document, type(seed.document)) and document:
        rows_expected = len(document) * seed.learned.rows_per_line
    if not in_order:
        done.append("written_oddly")
    for _ in range(random.choice((0, 0, 0, 1, 2))):
        content, rows_expected = text_bytes.damage(random, content), None
        done.append("damage")
    if random.random() < 0.01:
        content, rows_expected = content + stock.pick(random, "json").content(), None
        done.append("another_file_after_it")
    return content, tuple(done), rows_expected
