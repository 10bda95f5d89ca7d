"""Macros: questions in one line for whoever opens a release with DuckDB, one per file under `sql/macros/`.

What belongs here: reading such a file, writing its macro into a release, and trying it there. What does not: the
questions themselves (`sql/macros/`), or the macros of history (`changes/log.py`).

A file is one SELECT in which the arguments stand as plain names. Above it, comment lines say what the macro answers,
then its `arguments`, whether it `gives` a table or one value, and a call to `try`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import duckdb

from pipelines.errors import ProductError
from pipelines.release.folder import ReleaseRefused

FOLDER = "macros"
KEYS = ("arguments", "gives", "try")
KINDS = {"a table": "table", "one value": ""}


class MacroInvalid(ProductError):
    """A file of a macro does not say what it must."""


@dataclass(frozen=True)
class Macro:
    """One macro. `call` is a call that every release must answer, such as `gradient('smoking', 'England')`."""

    name: str
    about: str
    arguments: str
    gives_table: bool
    call: str
    select: str

    @property
    def statement(self) -> str:
        """What makes it."""
        as_what = "table " if self.gives_table else ""
        return f'create macro "{self.name}"({self.arguments}) as {as_what}({self.select})'

    @property
    def query(self) -> str:
        """The call as a query."""
        return f"{'from' if self.gives_table else 'select'} {self.call}"


def macros(sql: Path) -> tuple[Macro, ...]:
    """The macros under `sql/macros/`, those that give one value first, since tables ask them. Raises MacroInvalid."""
    found = [_read(path) for path in sorted((sql / FOLDER).glob("*.sql"))]
    return tuple(sorted(found, key=lambda macro: macro.gives_table))


def write(file: Path, made: Sequence[Macro]) -> None:
    """Make macros in a release file that nobody reads yet, each with its comment."""
    with duckdb.connect(str(file)) as connection:
        connection.execute("begin")
        for macro in made:
            connection.execute(macro.statement)
            kind = "macro table" if macro.gives_table else "macro"
            about = macro.about.replace("'", "''")
            connection.execute(f"comment on {kind} \"{macro.name}\" is '{about}'")
        connection.execute("commit")


def refuse_failing(connection: duckdb.DuckDBPyConnection, made: Sequence[Macro]) -> None:
    """Try each on the release that a connection has open. Raises ReleaseRefused for one that does not answer."""
    for macro in made:
        try:
            connection.sql(macro.query).fetchall()
        except duckdb.InvalidInputException:
            # Its own sentence: that this release has no such area, indicator or period is an answer.
            continue
        except duckdb.Error as error:
            raise ReleaseRefused(f"The macro {macro.name} does not answer on the new release: {error}") from error


def _read(path: Path) -> Macro:
    text = path.read_text(encoding="utf-8")
    head = [
        line.removeprefix("--").strip() for line in takewhile(lambda line: line.startswith("--"), text.splitlines())
    ]
    said = {key: value.strip() for key, _, value in (line.partition(": ") for line in head) if key in KEYS}
    missing = [key for key in KEYS if key not in said]
    if missing or said["gives"] not in KINDS:
        raise MacroInvalid(
            "A macro does not say what it must.",
            where=f"{FOLDER}/{path.name}",
            expected=f"comment lines {', '.join(f'`-- {key}: ...`' for key in KEYS)}; gives {' or '.join(KINDS)}",
            found=f"no {', no '.join(missing)}" if missing else f"gives {said['gives']}",
            do="add it above the SELECT.",
        )
    about = " ".join(line for line in head if line.partition(": ")[0] not in KEYS)
    return Macro(
        name=path.stem,
        about=about,
        arguments=said["arguments"],
        gives_table=said["gives"] == "a table",
        call=said["try"],
        select=text,
    )
