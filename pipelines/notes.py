"""What a person should know of a run that goes on: typed notes, and the one place that puts them into words.

What belongs here: the closed list of kinds, a note as JSON, and its words. What does not: noticing anything (each note
is made where it is found), errors, which end something (`errors.py`), or what a check found (`quality/finding.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

MOST_FILES, MOST_LOST, MOST_INDICATORS, MOST_REASONS, MOST_UNKNOWN = 10, 5, 3, 3, 10
"""How many of each a note names: a folder of a thousand strange files is one line, not a thousand names."""


class Kind(StrEnum):
    """What a note is about. Words are made from the kind, and so are decisions: never from the words."""

    NOT_IN_INPUT = "not_in_input"
    NOT_HAD = "not_had"
    NO_ADDRESS = "no_address"
    STALE = "stale"
    OTHER_WAY = "other_way"
    REISSUED = "reissued"
    ARRIVALS = "arrivals"
    SAME_BYTES = "same_bytes"
    FILES_NOT_READ = "files_not_read"
    REPLACES_UNREADABLE = "replaces_unreadable"
    ROWS_REJECTED = "rows_rejected"
    FILE_SUPERSEDED = "file_superseded"
    UNKNOWN_INDICATOR = "unknown_indicator"
    UNKNOWN_CATEGORY_TYPE = "unknown_category_type"
    AMBIGUOUS_CATEGORY_TYPE = "ambiguous_category_type"
    UNKNOWN_CATEGORY = "unknown_category"
    AREA_TYPE_NOT_LISTED = "area_type_not_listed"
    DAY_NOT_READ = "day_not_read"
    SHEET_NOT_READ = "sheet_not_read"
    FILES_LOST_SOMETHING = "files_lost_something"
    PREVIOUS_NOT_READ = "previous_not_read"
    LOG_NOT_READ = "log_not_read"
    LOG_MENDED = "log_mended"
    LOG_NOT_WRITTEN = "log_not_written"
    NOT_WRITTEN_AFTER = "not_written_after"
    CLOCK_BEHIND = "clock_behind"
    DATED_AHEAD = "dated_ahead"
    COLUMN_OF_OTHER_TYPE = "column_of_other_type"
    WITHHELD_FROM_HISTORY = "withheld_from_history"
    BYTES_RETURNED = "bytes_returned"
    REVISIONS_NOT_SHOWN = "revisions_not_shown"
    BUILD_WITHOUT_PEER = "build_without_peer"
    BUILD_EQUAL = "build_equal"
    BUILD_DIFFERS = "build_differs"
    BUILD_OF_OTHER_CODE = "build_of_other_code"
    NOT_CLEARED = "not_cleared"
    PAGES_NOT_BUILT = "pages_not_built"
    SIGNALS_NOT_WRITTEN = "signals_not_written"
    ALERT_NOT_SENT = "alert_not_sent"
    OWN_DAGSTER_FILE = "own_dagster_file"
    HELD_BACK = "held_back"
    FORCED = "forced"
    FORCE_UNUSED = "force_unused"


@dataclass(frozen=True)
class Note:
    """One thing to know, as facts; each kind uses some of the fields (see WORDS).

    `path` is an input file's, `label` what a publisher calls the thing, `count` how many rows or things, `cause` what a
    library, a publisher or an error said, `counted` reasons with the number of rows, `pairs` names with what is said of
    each, `host` who did not answer where that is the cause.
    """

    kind: Kind
    path: str = ""
    where: str = ""
    resource: str = ""
    table: str = ""
    indicator: str = ""
    release: str = ""
    day: str = ""
    url: str = ""
    label: str = ""
    title: str = ""
    by: str = ""
    count: int = 0
    names: tuple[str, ...] = ()
    counted: tuple[tuple[int, str], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    cause: str = ""
    host: str = ""

    def as_json(self) -> dict[str, Any]:
        """The fields that say something, as JSON can hold them."""
        return {name: value for name, value in asdict(self).items() if value}


def note_from(found: Mapping[str, Any]) -> Note:
    """A note from its JSON. Raises TypeError or ValueError for what is none, such as the sentence of an old record."""
    if not isinstance(found, Mapping) or not {"kind"} <= found.keys() <= {field.name for field in fields(Note)}:
        raise ValueError(f"A note is an object with a kind, found {found!r:.80}.")
    read = {name: _as_tuple(value) for name, value in found.items()}
    return Note(**{**read, "kind": Kind(found["kind"])})


def _as_tuple(value: Any) -> Any:
    return tuple(_as_tuple(item) for item in value) if isinstance(value, list | tuple) else value


def words(note: Note) -> str:
    """A note for a person."""
    return WORDS[note.kind](note)


def in_words(notes: Iterable[Note]) -> list[str]:
    """Notes for a person, in their order. After everything else one for each host that did not answer, and one each for
    all indicators that the catalogue lacks and all optional files that the input lacks, whatever files they came in.
    """
    notes = list(notes)
    absent = [note for note in notes if note.kind is Kind.NOT_IN_INPUT]
    unknown = [note for note in notes if note.kind is Kind.UNKNOWN_INDICATOR]
    together = (Kind.NOT_IN_INPUT, Kind.UNKNOWN_INDICATOR)
    said = [words(note) for note in notes if note.kind not in together and not note.host]
    said += [silence_in_words([note for note in notes if note.host == host]) for host in _hosts(notes)]
    if unknown:
        said.append(_unknown_indicators(unknown))
    if absent:
        names = ", ".join(note.resource for note in absent)
        said.append(f"{len(absent)} optional sources are not in this input and were skipped: {names}.")
    return said


def some(names: Sequence[str], most: int, *, separator: str = "; ") -> str:
    """The first names, and how many more there are."""
    more = f"{separator}and {len(names) - most:,} more" if len(names) > most else ""
    return separator.join(names[:most]) + more


def _hosts(notes: Sequence[Note]) -> list[str]:
    return list(dict.fromkeys(note.host for note in notes if note.host))


def silence_in_words(notes: Sequence[Note]) -> str:
    """What came of all files of the one host that did not answer, in one line."""
    parts = []
    for kind, said in _INSTEAD.items():
        paths = [note.path for note in notes if note.kind is kind]
        if paths:
            days = {note.day for note in notes if note.kind is kind and note.day}
            old = f" ({'as' if len(days) == 1 else 'the oldest'} of {min(days)})" if days else ""
            parts.append(f"{len(paths):,} {said}{old}: {some(paths, MOST_LOST, separator=', ')}")
    return f"{notes[0].host} did not answer. " + "; ".join(parts) + "."


def _in_file(note: Note, text: str) -> str:
    """What is said of a file's content, after its path where that is known."""
    return f"{note.path}: {text}" if note.path else text


def _not_had(note: Note) -> str:
    holds = f" ({note.indicator}, area type {note.label})" if note.indicator else ""
    return f"{note.path}{holds} is missing: {note.cause}"


def _files_not_read(note: Note) -> str:
    more = f" and {len(note.names) - MOST_FILES} more" if len(note.names) > MOST_FILES else ""
    named = ", ".join(note.names[:MOST_FILES])
    return f"{len(note.names)} files of the folder are read by no source: {named}{more}."


def _rows_rejected(note: Note) -> str:
    why = "; ".join(f"{count:,} x {reason}" for count, reason in note.counted[:MOST_REASONS])
    if more := note.counted[MOST_REASONS:]:
        why += f"; {sum(count for count, _ in more):,} for {len(more):,} other reasons"
    return _in_file(note, f"{note.count:,} rows rejected and kept in meta.rejected_row: {why}")


def _unknown_indicators(notes: Sequence[Note]) -> str:
    """What the catalogue lacks: each indicator once, the ones with the most rows first."""
    rows = Counter[str]()
    for note in notes:
        rows[note.label] += note.count
    titles = {note.label: note.title or "without a name" for note in reversed(notes)}
    ordered = sorted(rows, key=lambda label: (-rows[label], label))
    named = [f"{label} {titles[label]} ({rows[label]:,} rows)" for label in ordered]
    files = sorted({note.path for note in notes if note.path})
    where = f" of {some(files, MOST_FILES, separator=', ')}" if files else ""
    many = "1 indicator" if len(named) == 1 else f"{len(named):,} indicators"
    return (
        f"The catalogue has no block for {many}{where}, whose {sum(rows.values()):,} rows are rejected: "
        f"{some(named, MOST_UNKNOWN)}. `inequality catalogue propose FILE` writes the blocks, for review."
    )


def _category_type(note: Note) -> str:
    labels = "; ".join(note.names)
    return _in_file(note, f"{note.cause} {note.count:,} rows of {note.indicator} rejected; their labels: {labels}.")


def _area_type_not_listed(note: Note) -> str:
    plural = "s" if len(note.names) > 1 else ""
    more = " ..." if len(note.names) > MOST_INDICATORS else ""
    return _in_file(
        note,
        f"Fingertips no longer lists the area type {note.label}, which the catalogue states for {len(note.names)} "
        f"indicator{plural} ({', '.join(note.names[:MOST_INDICATORS])}{more}). Look for its successor in the list, and "
        "correct area_types in pipelines/catalogue/indicators/.",
    )


def _sheet_not_read(note: Note) -> str:
    return _in_file(
        note,
        f"{note.where}: {note.count:,} rows are not read. Expected a column that is called slope index, or SII, of "
        f"life or healthy life expectancy; found {note.cause}. If the words mean the same, add them to "
        "pipelines/sources/ons/slope_index.py.",
    )


def _files_lost_something(note: Note) -> str:
    count = "1 file" if len(note.pairs) == 1 else f"{len(note.pairs)} files"
    lost = some([f"{path}: {what}" for path, what in note.pairs], MOST_LOST, separator=" | ")
    return f"{count} lost something since an earlier input (all in meta.source_health): {lost}"


def _held_back(note: Note) -> str:
    rows = f" in {note.count:,} rows" if note.count > 1 else ""
    instead = f"The delivery of {note.day} stands in." if note.day else "Nothing stands in, so what it holds is absent."
    return " ".join(
        (f"{note.path} is held back: it breaks the rule {note.label}{rows}.", *note.names, instead, note.cause)
    )


def _column_of_other_type(note: Note) -> str:
    ((was, now),) = note.pairs
    values = "1 value that cannot" if note.count == 1 else f"{note.count:,} values that cannot"
    return (
        f"The column {note.label} of {note.where} is {was}, and {now} in this version; {values} be read as such "
        f"{'counts' if note.count == 1 else 'count'} as absent in what this run compares."
    )


def _withheld_from_history(note: Note) -> str:
    cells = "1 figure that was" if note.count == 1 else f"{note.count:,} figures that were"
    return (
        f"{cells} published before and {'is' if note.count == 1 else 'are'} suppressed by the publisher now: what "
        "earlier releases said of them, and the measures that would tell it, is withheld from the history of this "
        "release. Earlier releases on the shelf still hold it until they are pruned."
    )


def _peer(note: Note) -> str:
    return f"the release {note.release}, current at the end of {note.day}"


def _differs_in(note: Note) -> str:
    return f"It differs in {', '.join(note.names) or 'which rows were refused or counted'}."


def _of_other_code(note: Note) -> str:
    ((then, now),) = note.pairs
    return (
        f"Not equal to {_peer(note)}: the code differs ({then} then, {now} now). {_differs_in(note)} "
        "Check out the code of then to rebuild it."
    )


_INSTEAD = {
    Kind.STALE: "taken from the last good snapshot",
    Kind.NOT_HAD: "missing",
    Kind.OTHER_WAY: "had in another way",
}
"""What may come of a file whose host does not answer."""

WORDS: dict[Kind, Callable[[Note], str]] = {
    Kind.NOT_IN_INPUT: lambda n: f"{n.resource}: not in this input ({n.path}); skipped.",
    Kind.NOT_HAD: _not_had,
    Kind.NO_ADDRESS: lambda n: (
        f"{n.path} is missing: it has no address of its own, and no folder run has left it. "
        f"Get it from {n.url} and run once with --from FOLDER."
    ),
    Kind.STALE: lambda n: f"{n.path}: stale: {n.cause}",
    Kind.OTHER_WAY: lambda n: f"{n.path} came in another way: {n.cause}",
    Kind.REISSUED: lambda n: (
        f"{n.path}: the publisher issued this file again: media {n.label}, was {n.title}; its page was last updated "
        f"on {n.day or 'a day it does not say'}."
    ),
    Kind.ARRIVALS: lambda n: (
        f"{n.count:,} files were asked for: " + ", ".join(f"{count:,} {state}" for count, state in n.counted) + "."
    ),
    Kind.SAME_BYTES: lambda n: f"{n.path}: the same bytes as another file of this input; read once.",
    Kind.FILES_NOT_READ: _files_not_read,
    Kind.REPLACES_UNREADABLE: lambda n: f"This run replaces the current release, which cannot be read. {n.cause}",
    Kind.ROWS_REJECTED: _rows_rejected,
    Kind.FILE_SUPERSEDED: lambda n: (
        f"{n.path}: {n.count:,} {'figure' if n.count == 1 else 'figures'} of {n.indicator} gave way to other figures "
        f"for the same cells in {n.by}, which reaches a later period and so is the fresher delivery."
    ),
    Kind.UNKNOWN_INDICATOR: lambda n: _unknown_indicators([n]),
    Kind.UNKNOWN_CATEGORY_TYPE: _category_type,
    Kind.AMBIGUOUS_CATEGORY_TYPE: _category_type,
    Kind.UNKNOWN_CATEGORY: _category_type,
    Kind.AREA_TYPE_NOT_LISTED: _area_type_not_listed,
    Kind.DAY_NOT_READ: lambda n: _in_file(
        n, f"The day of the last upload of indicator {n.label} cannot be read: {n.cause}."
    ),
    Kind.SHEET_NOT_READ: _sheet_not_read,
    Kind.FILES_LOST_SOMETHING: _files_lost_something,
    Kind.PREVIOUS_NOT_READ: lambda n: (
        f"{n.table} of the release {n.release} cannot be read ({n.cause}), so this run was not compared with it: "
        "look at `inequality releases`."
    ),
    Kind.LOG_NOT_READ: lambda n: (
        f"{n.path} of the change log cannot be read ({n.cause}), and no current release holds its rows: put it back "
        "from a copy. What changed with that release counts as changed with the next one."
    ),
    Kind.LOG_MENDED: lambda n: f"The change log was mended from the current release: {', '.join(n.names)}.",
    Kind.LOG_NOT_WRITTEN: lambda n: f"The change log could not be written ({n.cause}); the next run does it.",
    Kind.NOT_WRITTEN_AFTER: lambda n: (
        f"The release {n.release} is current. What follows a publication could not all be written: {n.path} "
        f"({n.cause}). The next run does it."
    ),
    Kind.CLOCK_BEHIND: lambda n: (
        f"The clock of this machine stands before {n.day}, when the release {n.release} says that it was made. One of "
        "the two was wrong. Releases are kept in the order in which they were made, and the change log takes that "
        "release to be no later than this run."
    ),
    Kind.DATED_AHEAD: lambda n: (
        f"The last run is dated {n.day}, which this machine's clock has not reached: the clock is wrong now, or was "
        "then. How old the release is cannot be told until a run ends well with the right time."
    ),
    Kind.COLUMN_OF_OTHER_TYPE: _column_of_other_type,
    Kind.WITHHELD_FROM_HISTORY: _withheld_from_history,
    Kind.BYTES_RETURNED: lambda n: (
        f"{n.path}: the publisher serves again what it served on {n.day}, and other bytes in between. Ask which is "
        "right: an old file may have been put back by mistake."
    ),
    Kind.REVISIONS_NOT_SHOWN: lambda n: (
        f"The page of revisions could not be written ({n.cause}); the next run does it."
    ),
    Kind.BUILD_WITHOUT_PEER: lambda n: (
        f"The release that was current at the end of {n.day} is not kept, or there was none, so this build is compared "
        "with none."
    ),
    Kind.BUILD_EQUAL: lambda n: f"Equal to {_peer(n)}: content hash {n.label}.",
    Kind.BUILD_DIFFERS: lambda n: (
        f"Not equal to {_peer(n)}, although the code is the same: the data differ. {_differs_in(n)}"
    ),
    Kind.BUILD_OF_OTHER_CODE: _of_other_code,
    Kind.PAGES_NOT_BUILT: lambda n: f"The pages about checks could not be built, and stay as they were: {n.cause}",
    Kind.SIGNALS_NOT_WRITTEN: lambda n: f"The heartbeat or the metrics could not be written: {n.cause}.",
    Kind.ALERT_NOT_SENT: lambda n: f"An alert could not be sent. {n.cause}",
    Kind.NOT_CLEARED: lambda n: f"Old records could not be cleared, and the next run tries again: {n.cause}",
    Kind.OWN_DAGSTER_FILE: lambda n: (
        f"{n.path} is not as `inequality` writes it, so it stays as it is. It says nothing of {' and '.join(n.names)}, "
        "without which Dagster is slower or starts several runs at once. Move it away and the next run writes ours."
    ),
    Kind.HELD_BACK: _held_back,
    Kind.FORCED: lambda n: f"Published by force: {n.by} overruled {', '.join(n.names)}. Reason given: {n.cause}",
    Kind.FORCE_UNUSED: lambda _: "Every critical check passed, so --force overruled nothing and nothing is recorded.",
}
"""How each kind is said."""
