"""One reader: an analyst's notebook that asks `current.duckdb` again and again. Needs DuckDB and nothing else.

`reader.py LINK QUERY STOP PAUSE [held]`: until the file STOP exists, open LINK, run QUERY, close, wait PAUSE seconds;
with `held`, open once. Prints one JSON line: the client's version, answers, errors, and each distinct answer.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb


def main(link: str, query: str, stop: Path, pause: float, *, held: bool) -> None:
    """Ask until told to stop."""
    answers, errors, seen = 0, [], {}
    kept = duckdb.connect(link, read_only=True) if held else None
    print("ready", flush=True)
    while not stop.exists():
        try:
            connection = kept or duckdb.connect(link, read_only=True)
            row = connection.execute(query).fetchall()[0]
            if kept is None:
                connection.close()
            seen[json.dumps(row)] = True
            answers += 1
        except duckdb.Error as error:
            errors.append(str(error))
        time.sleep(pause)
    said = {"version": duckdb.__version__, "answers": answers, "errors": errors, "seen": [json.loads(s) for s in seen]}
    print(json.dumps(said))


if __name__ == "__main__":
    link, query, stop, pause, *rest = sys.argv[1:]
    main(link, query, Path(stop), float(pause), held=rest == ["held"])
