"""Where input comes from: the sample, a folder or the publishers, and what happens when something is not there."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.notes import Kind
from pipelines.sources.arrival import origin, transport
from pipelines.sources.arrival import snapshot as snapshots
from pipelines.sources.contract import ContractBroken, Parsed, Resource, Snapshot, SourceUnavailable


def never_parsed(content: bytes, kept: Snapshot) -> Parsed:
    raise AssertionError("Nothing is parsed here.")


LOOKUP = Resource(
    name="lookup",
    path="geography/lookup.csv",
    table="lookup",
    description="Which district lies in which region.",
    url="https://publisher.example/lookup.csv",
    publisher="A publisher",
    licence="OGL 3.0",
    cadence="yearly",
    parser=never_parsed,
    required=True,
)
FIGURES = replace(LOOKUP, name="figures", path="fingertips/*.csv", table="figures", required=False, many=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "extracts"
    write(made / "geography/lookup.csv", "lookup")
    write(made / "fingertips/b.csv", "b")
    write(made / "fingertips/a.csv", "a")
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def choose(text: str | Path, *, as_of: date | None = None) -> origin.RunInput:
    return origin.choose(str(text), sample=Path("no sample here"), as_of=as_of)


def test_sample_is_the_given_folder_and_modelled(folder: Path) -> None:
    chosen = origin.choose("sample", sample=folder)
    assert (chosen.kind, chosen.folder, chosen.origin, chosen.label) == ("sample", folder, "modelled", "sample")


def test_live_has_no_folder_and_is_the_publishers(tmp_path: Path) -> None:
    chosen = choose("live", as_of=date(2026, 3, 1))
    assert (chosen.kind, chosen.folder, chosen.origin, chosen.label) == ("live", None, "publisher", "live")
    assert chosen.as_of == date(2026, 3, 1)


def test_a_folder_is_the_publishers_and_its_label_names_no_machine(folder: Path) -> None:
    chosen = choose(folder)
    assert (chosen.kind, chosen.folder, chosen.origin, chosen.label) == ("folder", folder, "publisher", "extracts")


def test_a_folder_that_is_not_there_is_named_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"--from .*nowhere: no such folder\. Expected `sample`, `live`"):
        choose(tmp_path / "nowhere")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "a")
    with pytest.raises(SourceUnavailable, match="no such folder"):
        choose(tmp_path / "a.csv")


def test_a_folder_without_source_folders_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "lookup.csv", "a")
    with pytest.raises(SourceUnavailable, match="no folder in it"):
        choose(tmp_path)


@pytest.mark.parametrize(
    ("said", "expected"), [("true", "modelled"), ("TRUE", "modelled"), ("false", "publisher"), ("", "publisher")]
)
def test_one_modelled_file_in_the_index_makes_the_origin_modelled(folder: Path, said: str, expected: str) -> None:
    write(folder / "index.csv", f"path,is_modelled\nfingertips/a.csv,false\nfingertips/b.csv,{said}\n")
    assert choose(folder).origin == expected


def test_the_index_says_what_a_file_is(folder: Path, root: Path) -> None:
    write(
        folder / "index.csv",
        "path,url,publisher,licence,is_modelled,note\n"
        "fingertips/a.csv,https://other.example/a,Somebody else,CC BY,false,By hand\n"
        "fingertips/b.csv,,,,TRUE,\n",
    )
    real, modelled = origin.fetch(FIGURES, choose(folder), root=root).snapshots
    assert (real.url, real.publisher, real.licence) == ("https://other.example/a", "Somebody else", "CC BY")
    assert (real.is_modelled, real.note, real.origin) == (False, "By hand", "modelled")
    # A modelled file does not borrow the address of the real one.
    assert (modelled.url, modelled.publisher, modelled.licence) == ("", FIGURES.publisher, FIGURES.licence)
    assert (modelled.is_modelled, modelled.note) == (True, "")


def test_an_index_with_a_byte_order_mark_is_read(folder: Path, root: Path) -> None:
    (folder / "index.csv").write_bytes(b"\xef\xbb\xbfpath,note\r\ngeography/lookup.csv,Old\r\n")
    (kept,) = origin.fetch(LOOKUP, choose(folder), root=root).snapshots
    assert kept.note == "Old"


def test_without_an_index_the_resource_says_what_a_file_is(folder: Path, root: Path) -> None:
    (kept,) = origin.fetch(LOOKUP, choose(folder), root=root).snapshots
    assert (kept.url, kept.publisher, kept.licence) == (LOOKUP.url, LOOKUP.publisher, LOOKUP.licence)
    assert (kept.resource, kept.path, kept.is_modelled) == ("lookup", "geography/lookup.csv", False)
    assert (kept.origin, kept.is_stale) == ("publisher", False)
    assert snapshots.read(root, kept) == b"lookup"


def test_a_family_is_read_whole_in_order_of_path(folder: Path, root: Path) -> None:
    write(folder / "fingertips/.hidden.csv", "left by an editor")
    taken = origin.fetch(FIGURES, choose(folder), root=root).snapshots
    assert [kept.path for kept in taken] == ["fingertips/a.csv", "fingertips/b.csv"]


def test_two_files_for_one_are_refused_by_name(folder: Path, root: Path) -> None:
    with pytest.raises(ContractBroken, match="'figures'") as broken:
        origin.fetch(replace(FIGURES, many=False), choose(folder), root=root)
    assert broken.value.found == "fingertips/a.csv, fingertips/b.csv"


def test_a_missing_file_is_no_snapshot_and_is_noted(folder: Path, root: Path) -> None:
    (folder / "geography/lookup.csv").unlink()
    taken = origin.fetch(LOOKUP, choose(folder), root=root)
    assert taken.snapshots == []
    assert [(note.kind, note.resource) for note in taken.notes] == [(Kind.NOT_IN_INPUT, "lookup")]


def test_a_folder_never_falls_back_to_a_snapshot(folder: Path, root: Path) -> None:
    origin.fetch(LOOKUP, choose(folder), root=root)
    (folder / "geography/lookup.csv").unlink()
    assert origin.fetch(LOOKUP, choose(folder), root=root).snapshots == []


def test_an_empty_file_is_a_fault_of_its_own(folder: Path, root: Path) -> None:
    write(folder / "fingertips/b.csv", "")
    taken = origin.fetch(FIGURES, choose(folder), root=root)
    (fault,) = taken.faults
    assert (fault.path, fault.sha256, fault.resource) == ("fingertips/b.csv", "", FIGURES.name)
    assert "A file is empty" in fault.reason
    assert [kept.path for kept in taken.snapshots] == ["fingertips/a.csv"]


@pytest.mark.parametrize("path", ["fingertips/b.csv", "geography/lookup.csv"])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_name_that_is_no_readable_file_is_a_fault(folder: Path, root: Path, path: str, kind: str) -> None:
    file = folder / path
    file.unlink()
    {"link": lambda: file.symlink_to("nowhere"), "pipe": lambda: os.mkfifo(file), "folder": file.mkdir}[kind]()
    taken = origin.fetch(FIGURES if path.startswith("fingertips") else LOOKUP, choose(folder), root=root)
    (fault,) = taken.faults
    assert fault.path == path
    assert ("a broken link" if kind == "link" else "a folder, a pipe or a device") in fault.reason


@pytest.mark.parametrize("path", ["fingertips/b.csv", "geography/lookup.csv"])
def test_a_link_that_leads_out_of_the_folder_is_not_followed(folder: Path, root: Path, path: str) -> None:
    secret = folder.parent / "secret.txt"
    write(secret, "not for the release")
    (folder / path).unlink()
    (folder / path).symlink_to(secret)
    taken = origin.fetch(FIGURES if path.startswith("fingertips") else LOOKUP, choose(folder), root=root)
    (fault,) = taken.faults
    assert "a link that leads out of the folder" in fault.reason
    assert not any(b"not for the release" in file.read_bytes() for file in root.rglob("*") if file.is_file())


def test_a_folder_that_leads_out_of_the_folder_is_not_followed(folder: Path, root: Path) -> None:
    (folder / "fingertips").rename(folder.parent / "elsewhere")
    (folder / "fingertips").symlink_to(folder.parent / "elsewhere")
    taken = origin.fetch(FIGURES, choose(folder), root=root)
    assert taken.snapshots == []
    assert {fault.path for fault in taken.faults} == {"fingertips/a.csv", "fingertips/b.csv"}


def test_a_link_within_the_folder_is_followed(folder: Path, root: Path) -> None:
    (folder / "fingertips/c.csv").symlink_to(folder / "fingertips/a.csv")
    taken = origin.fetch(FIGURES, choose(folder), root=root)
    assert (taken.faults, len(taken.snapshots)) == ([], 3)


def test_an_index_that_leads_out_of_the_folder_is_not_followed(folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere.csv"
    write(elsewhere, "path,note\nfingertips/a.csv,secret\n")
    (folder / "index.csv").unlink(missing_ok=True)
    (folder / "index.csv").symlink_to(elsewhere)
    with pytest.raises(ContractBroken, match="cannot be read") as broken:
        choose(folder)
    assert broken.value.found == "a link that leads out of the folder"


def test_a_name_that_is_not_utf_8_is_refused_by_its_name(folder: Path, root: Path) -> None:
    odd = os.fsdecode(b"caf\xe9.csv")
    write(folder / "fingertips" / odd, "x")
    write(folder / odd, "x")
    run_input = choose(folder)
    taken = origin.fetch(FIGURES, run_input, root=root)
    (fault,) = taken.faults
    assert (fault.path, "a name that is not UTF-8" in fault.reason) == ("fingertips/caf\\xe9.csv", True)
    assert [kept.path for kept in taken.snapshots] == ["fingertips/a.csv", "fingertips/b.csv"]
    assert origin.unread(run_input, (FIGURES, LOOKUP)) == ["caf\\xe9.csv"]


def test_a_file_that_this_user_may_not_read_is_a_fault(
    folder: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (fault,) = origin.fetch(LOOKUP, choose(folder), root=root).faults
    assert "Permission denied" in fault.reason


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_an_index_that_is_not_utf_8_is_refused(folder: Path, encoding: str) -> None:
    (folder / "index.csv").write_bytes("path,publisher\nfingertips/a.csv,Caf\u00e9\n".encode(encoding))
    with pytest.raises(ContractBroken, match=r"index\.csv cannot be read") as broken:
        choose(folder)
    assert broken.value.where == str(folder / "index.csv")


def test_a_file_too_big_is_a_fault_before_it_is_read(folder: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_BYTES", 5)
    (fault,) = origin.fetch(LOOKUP, choose(folder), root=root).faults
    assert "too big" in fault.reason
    assert "6 bytes" in fault.reason


def test_files_that_no_resource_reads_are_reported(folder: Path) -> None:
    write(folder / "fingertips/notes.txt", "")
    write(folder / "fingertips/.hidden", "")
    write(folder / "elsewhere/deep/down.csv", "")
    write(folder / "README.md", "")
    write(folder / "truth.csv", "")
    write(folder / "92443_502.csv", "one folder too high")
    write(folder / "index.csv", "path,is_modelled\nfingertips/a.csv,false\nfingertips/gone.csv,false\n")
    assert origin.unread(choose(folder), (LOOKUP, FIGURES)) == [
        "92443_502.csv",
        "elsewhere/deep/down.csv",
        "fingertips/notes.txt",
        "fingertips/gone.csv (only named in index.csv)",
    ]
    assert origin.unread(choose("live"), (LOOKUP,)) == []


def test_as_of_reads_snapshots_and_not_the_folder(folder: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    origin.fetch(FIGURES, choose(folder), root=root)
    write(folder / "fingertips/a.csv", "a changed")
    write(folder / "fingertips/c.csv", "c")
    today = datetime.now(UTC).date()
    renamed = replace(FIGURES, name="renamed")
    taken = origin.fetch(renamed, choose(folder, as_of=today), root=root).snapshots
    assert [(kept.path, kept.resource) for kept in taken] == [
        ("fingertips/a.csv", "renamed"),
        ("fingertips/b.csv", "renamed"),
    ]
    assert snapshots.read(root, taken[0]) == b"a"
    assert origin.fetch(LOOKUP, choose(folder, as_of=date(2020, 1, 1)), root=root).snapshots == []
