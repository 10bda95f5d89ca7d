"""The command that says where a published number comes from.

What belongs here: its words, and how an explanation is printed. What does not: finding it or making the number again
(`report/explain.py`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from pipelines import settings
from pipelines.cli.console import cell, err, out

if TYPE_CHECKING:
    from pipelines.report.explain import Explanation

FORMS = ("text", "json")


def explain(
    indicator: Annotated[str, typer.Argument(help="Its slug, its title, or a part of either that no other has.")],
    *,
    area: Annotated[str, typer.Option(help="Its name, its code, or a part of the name that no other has.")],
    measure: Annotated[
        str | None, typer.Option(metavar="SLUG", help="Such as slope_index; without it, the published figure.")
    ] = None,
    period: Annotated[str | None, typer.Option(help="Such as 2022-24; without it, the newest.")] = None,
    sex: Annotated[str | None, typer.Option(help="female, male, persons or not_applicable.")] = None,
    age: Annotated[str | None, typer.Option(help="Our slug of the age.")] = None,
    scheme: Annotated[str | None, typer.Option(help="Which grouping; of a figure, without it, everyone.")] = None,
    category: Annotated[str | None, typer.Option(help="Which group; of a figure only.")] = None,
    transform: Annotated[str, typer.Option(help="none, log or logit; of a measure only.")] = "none",
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    verify: Annotated[
        bool, typer.Option("--verify", help="Make the number again from the bytes that were kept, and compare.")
    ] = False,
) -> None:
    """Say where a published number comes from: formula, rows, lines of files, checks, code."""
    from pipelines.report import explain as report

    if form not in FORMS:
        raise typer.BadParameter(f"takes text or json, found {form!r}.", param_hint="--format")
    here = settings.load()
    address = report.Address(indicator, area, measure, period, sex, age, scheme, category, transform)
    found = report.explain(here.warehouse, address)
    if verify:
        found = [replace(one, verified=report.verify(here.warehouse, here.snapshots, one)) for one in found]
    if form == "json":
        sys.stdout.write(json.dumps([asdict(one) for one in found], indent=2, default=str, ensure_ascii=False) + "\n")
    else:
        for n, one in enumerate(found):
            for line in [*([""] if n else []), *_lines(one)]:
                out.print(escape(line))
    failed = sum(one.verified is not None and not one.verified.holds for one in found)
    if failed:
        err.print(f"[bold red]{failed} of {len(found)} could not be verified.[/]")
        raise typer.Exit(1)


def _lines(one: Explanation) -> Iterator[str]:
    """An explanation as lines of text."""
    subject, release = one.subject, one.release
    what = subject.get("measure") or subject["category"]
    yield f"{subject['title']}: {what}, {subject['area_name']}, {subject['period']}, {subject['sex']}, {subject['age']}"
    yield f"  value      {_figure(subject)}"
    if subject.get("sentence"):
        yield f"  in words   {subject['sentence']}"
    if subject.get("grade"):
        yield f"  grade      {subject['grade']}: {subject['grade_reason']}"
    if subject["is_modelled"]:
        yield "  modelled   yes: made up for trying the pipeline, not real"
    yield from _under("formula", one.formula)
    yield from _under("rows", [_row(row) for row in one.rows])
    yield from _under("files", [line for file in one.files for line in _file(file)])
    yield f"  checks     {one.checks['passed']} of {one.checks['checks']} passed on the tables it went through"
    yield f"  release    {release['release_id']}, code {release['code_version']}, input {release['input']}"
    if one.verified:
        yield from _under("verified", _verdict(one))
    yield f"  again      {_address(subject)}"


def _under(name: str, lines: Any) -> Iterator[str]:
    for n, line in enumerate(lines):
        yield f"  {'' if n else name:<11}{line}"


def _figure(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return f"none ({row['note_code']})"
    unit = f" {row['unit']}" if row.get("unit") else ""
    if row["value_lower"] is None:
        return f"{cell(row['value'])}{unit}, no limits"
    return f"{cell(row['value'])}{unit} ({cell(row['value_lower'])} to {cell(row['value_upper'])})"


def _row(row: dict[str, Any]) -> str:
    weight = (
        f", people {cell(row['population'])}" if row.get("population") and row["weighting"] != "equal_shares" else ""
    )
    line = (
        f"line {row['source_line']} of {row['snapshot_sha256'][:12]}" if row["snapshot_sha256"] else row["groups_from"]
    )
    return f"{row['category']}: {_figure({'note_code': None, **row})}{weight}, {line}".replace("_", " ")


def _file(file: dict[str, Any]) -> Iterator[str]:
    yield f"{file['path']}, retrieved {file['retrieved_at']:%Y-%m-%d %H:%M} UTC from {file['url'] or 'a folder'}"
    yield f"  sha256 {file['sha256']}, {file['publisher']}, {file['licence']}"


def _verdict(one: Explanation) -> list[str]:
    verified = one.verified
    if verified is None or verified.cannot:
        return [f"not tried: {verified.cannot}"] if verified else []
    if verified.differences:
        return ["NO", *(line for difference in verified.differences for line in difference.splitlines())]
    return [f"yes: lines read again {verified.lines_read}, the same figure"]


def _address(subject: dict[str, Any]) -> str:
    """The command that leads here and nowhere else."""
    words = [f"inequality explain {subject['indicator']}", f"--area {subject['area_code']}"]
    if "measure" in subject:
        words.append(f"--measure {subject['measure']}")
    words += [f"--{name} {subject[name]}" for name in ("period", "sex", "age", "scheme")]
    if "measure" not in subject:
        words.append(f"--category {subject['category']}")
    elif subject["transform"] != "none":
        words.append(f"--transform {subject['transform']}")
    return " ".join(words)
