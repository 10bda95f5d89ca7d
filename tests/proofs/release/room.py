"""A disk that is full at any point of a publish, and a warehouse that may only be read.

`python -m tests.proofs.release.room` prints a table. Root mounts a small tmpfs, fills it but for a given room, and
publishes: the release that was current must stay so and whole, the message must name the disk, and with room again the
next publish must complete. Without root, no file may grow beyond a limit (RLIMIT_FSIZE) instead, and the folders lose
their `w`.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines import integrity
from pipelines.cli.messages import failure_of
from pipelines.settings import PROJECT
from tests.proofs.release.prepared import Place

MEGABYTE = 1 << 20
SIZE = 24 * MEGABYTE


@dataclass(frozen=True)
class Tried:
    """One publish without room: what it said, and whether everything held."""

    what: str
    said: str
    published: bool
    kept: bool
    mended: bool

    @property
    def holds(self) -> bool:
        """Whether it failed in words or published, and the rest stood."""
        return self.kept and self.mended and (self.published or "bug" not in self.said)


def try_once(here: Place, number: int, edition: int) -> str:
    """Publish; what a person would read of its failure, or nothing."""
    try:
        here.publish(number, edition)
    except BaseException as error:  # noqa: BLE001 - as the command does
        return failure_of(error).text
    return ""


def full_disk(here: Place, rooms: list[int]) -> Iterator[Tried]:
    """On a disk of its own: publish with each of these rooms (bytes), then with all of it."""
    ballast = here.root / "ballast"
    number = 1
    here.publish(number, 0)
    for room in rooms:
        before = here.edition()
        number, edition = number + 1, (before + 1) % 3
        fill(ballast, room)
        said = try_once(here, number, edition)
        now = here.edition()
        ballast.unlink()
        mended = _mends(here, number + 1, (edition + 1) % 3)
        number += 1
        what = f"{room / MEGABYTE:.2f} MB of room"
        yield Tried(what, said, not said, now == (before if said else edition), mended)


def fill(ballast: Path, room: int) -> None:
    """Fill the disk of a file that is to be made, but for so many bytes of room."""
    free = os.statvfs(ballast.parent)
    size = max(free.f_bavail * free.f_frsize - room, 0)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size or 1)


def limited_files(here: Place, limits: list[int]) -> Iterator[Tried]:
    """As `full_disk`, where no disk can be mounted: in a child that may write no file beyond each limit (bytes)."""
    number = 1
    here.publish(number, 0)
    for limit in limits:
        before = here.edition()
        number, edition = number + 1, (before + 1) % 3
        command = [sys.executable, "-m", "tests.proofs.release.room", "--child", str(here.root), str(here.rows)]
        done = subprocess.run(
            [*command, str(number), str(edition), str(limit)], cwd=PROJECT, capture_output=True, text=True, check=False
        )
        said = done.stdout.strip() or done.stderr.strip()
        now = here.edition()
        mended = _mends(here, number + 1, (edition + 1) % 3)
        number += 1
        what = f"no file over {limit / MEGABYTE:.2f} MB"
        yield Tried(what, said, not said, now == (before if said else edition), mended)


def _limited_child(root: str, rows: str, number: str, edition: str, limit: str) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    print(try_once(Place(Path(root), int(rows)), int(number), int(edition)))


def _mends(here: Place, number: int, edition: int) -> bool:
    """Whether, with room again, the next publish completes and everything is whole."""
    if try_once(here, number, edition) or here.edition() != edition:
        return False
    store = here.root / "prepared" / f"{edition:02d}"
    return not integrity.verify(snapshots=here.snapshots, tables=store, warehouse=here.warehouse).damages


def read_only(here: Place, *, mounted: bool) -> Tried:
    """Publish into a warehouse that may only be read."""
    before = here.edition()
    with _only_read(here, mounted=mounted):
        said = try_once(here, 900, (before + 1) % 3)
        now = here.edition()
    return Tried(
        "read-only warehouse", said, not said, bool(said) and now == before, _mends(here, 901, (before + 2) % 3)
    )


@contextmanager
def _only_read(here: Place, *, mounted: bool) -> Iterator[None]:
    if mounted:
        remount = ["mount", "-o", "remount,{}", str(here.root)]
        subprocess.run([word.format("ro") for word in remount], check=True)
        yield
        subprocess.run([word.format("rw") for word in remount], check=True)
        return
    folders = [here.warehouse, *(folder for folder in here.warehouse.rglob("*") if folder.is_dir())]
    locks = [here.warehouse / ".lock"]
    for path in (*locks, *folders):
        path.chmod(path.stat().st_mode & ~0o222)
    yield
    for path in (*folders, *locks):
        path.chmod(path.stat().st_mode | 0o200)


@contextmanager
def small_disk(folder: Path, size: int = SIZE) -> Iterator[bool]:
    """Mount a small disk of so many bytes on a folder. False where this account may not."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def main() -> int:
    """Print what came of each."""
    with tempfile.TemporaryDirectory() as scratch, small_disk(Path(scratch)) as mounted:
        here = Place(Path(scratch) if mounted else Path(scratch) / "place", rows=20_000, keep=3)
        here.root.mkdir(exist_ok=True)
        here.prepare(3)
        here.publish(0, 2)
        size = sum(file.stat().st_size for file in (here.warehouse / "releases").rglob("*") if file.is_file())
        steps = [size * part // 8 for part in range(15)]
        by = "a tmpfs that is filled" if mounted else "a limit on the size of files"
        print(f"By {by}; a release takes {size:,} bytes.")
        tried = list(full_disk(here, steps) if mounted else limited_files(here, steps))
        if mounted or os.geteuid() != 0:
            tried.append(read_only(here, mounted=mounted))
    print(f"\n{'':<24}{'published':<11}{'current kept':<14}{'next completes':<16}message")
    for one in tried:
        yes = {True: "yes", False: "no"}
        said = " ".join(one.said.replace(scratch, "...").split())
        print(f"{one.what:<24}{yes[one.published]:<11}{yes[one.kept]:<14}{yes[one.mended]:<16}{said[:110]}")
    held = all(one.holds for one in tried)
    print("\nHolds." if held else "\nDoes NOT hold.")
    return 0 if held else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _limited_child(*sys.argv[2:])
    else:
        raise SystemExit(main())
