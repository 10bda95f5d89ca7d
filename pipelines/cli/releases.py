"""The commands about what is already kept: list and tag releases, roll back to one, and verify that nothing is damaged.

What belongs here: the words of these commands and what they print. What does not: what they do (`release/publish.py`,
`release/folder.py`, `integrity.py`), or the other commands (`cli/app.py`).
"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from pipelines import settings
from pipelines.cli.console import out, print_fitting


def releases(
    tag: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="RELEASE NAME", help="Keep this release for good; NAME then stands for its id."),
    ] = None,
    untag: Annotated[str | None, typer.Option(metavar="RELEASE", help="Remove its tag.")] = None,
) -> None:
    """List the releases, oldest first; tag one."""
    from pipelines.release import folder, publish
    from pipelines.run.lock import only_run

    here = settings.load()
    if untag is not None or tag:
        # A run prunes what has no tag, so none may be at work.
        with only_run(here.warehouse):
            if untag is not None:
                folder.untag(here.warehouse, folder.resolved(here.warehouse, untag))
            if tag:
                folder.tag(here.warehouse, folder.resolved(here.warehouse, tag[0]), tag[1])
    known = publish.catalogue_of(here.warehouse)
    if not known:
        out.print("No releases yet. Run `inequality run` first.")
        return
    rows = []
    for one in known:
        made = one.release
        state = {"current": one.is_current, f"tagged {one.label}": one.label, "forced": made and made.forced_by}
        flags = ", ".join(flag for flag, holds in state.items() if holds)
        facts = (f"{made.created_at:%Y-%m-%d %H:%M}", made.origin, made.input, made.as_of or "") if made else ()
        rows.append((one.release_id, flags, *(facts or ("cannot be read", "", "", ""))))
    print_fitting(("Release", "State", "Created (UTC)", "Origin", "Input", "As of"), rows)
    for one in known:
        if one.release and one.release.forced_by:
            why = f"by {one.release.forced_by} over failed critical checks. Reason given: {one.release.forced_reason}"
            out.print(f"{escape(one.release_id)} was published {escape(why)}")


def _kept_releases() -> list[str]:
    """Ids and tags, for the shell to complete; none where the settings make no sense, which the command itself says."""
    from pipelines.release import folder

    try:
        warehouse = settings.load().warehouse
    except settings.SettingsInvalid:
        return []
    ids = folder.listed(warehouse)
    return [*ids, *filter(None, (folder.label_of(warehouse, release_id) for release_id in ids))]


def rollback(
    release_id: Annotated[
        str,
        typer.Argument(
            metavar="RELEASE",
            help="An id or a tag from `inequality releases`.",
            autocompletion=_kept_releases,
        ),
    ],
    yes: Annotated[
        bool, typer.Option("--yes", help="Allow going from publishers' to modelled data, or to an --as-of build.")
    ] = False,
) -> None:
    """Make an earlier release current."""
    from pipelines.notes import in_words
    from pipelines.release import folder, publish
    from pipelines.run.lock import only_run
    from pipelines.run.publication import shown_revisions

    here = settings.load()
    with only_run(here.warehouse):
        notes = publish.rollback(here.warehouse, folder.resolved(here.warehouse, release_id), force=yes)
        now = publish.current(here.warehouse)
        if now:
            notes += shown_revisions(here.warehouse, now.release_id)
    for note in in_words(notes):
        out.print(f"[yellow]Note:[/] {escape(note)}")
    if now:
        out.print(
            f"Release {escape(now.release_id)} is current: created {now.created_at:%Y-%m-%d %H:%M} UTC "
            f"from {escape(now.input)}, origin {now.origin}{f', as of {now.as_of}' if now.as_of else ''}."
        )


def verify(
    repair: Annotated[
        bool, typer.Option("--repair", help="Move what is damaged aside, so that the next run rebuilds it.")
    ] = False,
) -> None:
    """Hash every snapshot, table and release again, and name what is damaged (exit code 1)."""
    from pipelines import integrity
    from pipelines.run.lock import only_run

    here = settings.load()
    # A run would change tables while we look at them.
    with only_run(here.warehouse):
        found = integrity.verify(snapshots=here.snapshots, tables=here.tables, warehouse=here.warehouse)
        mended = integrity.repair(found, snapshots=here.snapshots, warehouse=here.warehouse) if repair else 0
    rows = []
    for kind, number in found.looked_at.items():
        rows.append((f"{kind}s", number, len({damage.name for damage in found.damages if damage.kind == kind})))
    print_fitting(("Looked at", "Number", "Damaged"), rows, right=("Number", "Damaged"))
    if not found.damages:
        out.print("Everything is as it was written.")
        return
    for damage in found.damages:
        done = repair and damage.files
        out.print(f"[bold red]Damaged[/] {damage.kind} {escape(damage.name)}: {escape(damage.found)}")
        out.print(
            f"  {'done:' if done else 'do:  '} {'moved out of the way; run again.' if done else escape(damage.do)}"
        )
    if mended:
        out.print(f"{mended} moved out of the way. Run again on the same input, then `inequality verify` once more.")
    raise typer.Exit(1)
