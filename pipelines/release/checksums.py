"""Checksums of a release's files, as `sha256sum --check` reads them: `releases/inequality_<id>.sha256`.

What belongs here: hashing files, and which file no longer is what was published. What does not: what a file holds
(`release/publish.py`), or what to do about damage (`integrity.py`).
"""

from __future__ import annotations

from pathlib import Path

from pipelines.files import sha256_of, write_atomically


def sums_of(release_file: Path) -> Path:
    """Where the checksums of a release are."""
    return release_file.with_suffix(".sha256")


def write_sums(release_file: Path, *, written_as: Path) -> None:
    """Write the checksums of a release not yet in place: its file, now at `written_as`, and the Parquet beside it."""
    folder = release_file.parent
    found = {release_file.name: sha256_of(written_as)}
    found |= {
        file.relative_to(folder).as_posix(): sha256_of(file)
        for file in sorted(release_file.with_suffix("").rglob("*.parquet"))
    }
    lines = [f"{digest}  {name}\n" for name, digest in found.items()]
    write_atomically(sums_of(release_file), "".join(lines).encode())


def expected(release_file: Path) -> dict[str, str]:
    """By name, the sha256 of every file of a release as it was published. Raises OSError or ValueError without sums."""
    lines = [line.split("  ", 1) for line in sums_of(release_file).read_text(encoding="utf-8").splitlines()]
    return {name: digest for digest, name in lines}


def faults(release_file: Path) -> list[tuple[Path, str]]:
    """Every file of a release that is not as published, and what is wrong with it."""
    sums = sums_of(release_file)
    try:
        published = expected(release_file)
    except FileNotFoundError:
        return [(sums, "there is no checksum file, so nobody can tell whether the release is whole")]
    except (OSError, ValueError):
        return [(sums, "the checksum file cannot be read, so nobody can tell whether the release is whole")]
    if release_file.name not in published:
        return [(sums, f"the checksum file does not name {release_file.name}")]
    found = []
    for name, digest in published.items():
        file = release_file.parent / name
        if not file.is_file():
            found.append((file, "the file is gone"))
        elif (now := sha256_of(file)) != digest:
            found.append((file, f"sha256 is {now[:12]}, was {digest[:12]} when it was published"))
    return found


def is_whole(release_file: Path) -> bool:
    """Whether every file of a release is known to be as published."""
    return not faults(release_file)


def is_readable(release_file: Path) -> bool:
    """Whether the DuckDB file of a release is known to be as published, whatever became of the Parquet beside it."""
    return not any(file in (release_file, sums_of(release_file)) for file, _ in faults(release_file))


def is_damaged(release_file: Path) -> bool:
    """Whether any file of a release is known to differ from what was published; without checksums none is."""
    return any(file != sums_of(release_file) for file, _ in faults(release_file))
