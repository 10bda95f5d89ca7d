"""Workbooks written cell by cell, so that they can be wrong in ways no library would write.

What belongs here: a small writer of .xlsx, odd cells, odd sheets, odd archives, bombs. What does not: mutations that a
sheet shares with CSV (`grid.py`), or damage to bytes (`text_bytes.py`).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from random import Random

from tests.proofs.fuzzing.grid import Grid, garbage

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)

ODD_CELLS: tuple[str, ...] = (
    '<c r="{r}" t="str"><f>HYPERLINK("http://x","y")</f><v>5</v></c>',
    '<c r="{r}"><f>1/0</f></c>',
    '<c r="{r}" t="str"><f>A1</f><v>text</v></c>',
    '<c r="{r}" t="e"><v>#REF!</v></c>',
    '<c r="{r}" t="e"><v>#ODD!</v></c>',
    '<c r="{r}" t="b"><v>1</v></c>',
    '<c r="{r}" t="b"><v>maybe</v></c>',
    '<c r="{r}" t="d"><v>2019-01-01T00:00:00</v></c>',
    '<c r="{r}" s="1"><v>43466</v></c>',
    '<c r="{r}" s="1"><v>-99999999</v></c>',
    '<c r="{r}" s="1"><v>1e300</v></c>',
    '<c r="{r}" s="9999"><v>1</v></c>',
    '<c r="{r}" t="s"><v>999999</v></c>',
    '<c r="{r}" t="s"><v>-1</v></c>',
    '<c r="{r}" t="s"></c>',
    '<c r="{r}" t="n"><v>abc</v></c>',
    '<c r="{r}"><v>1e400</v></c>',
    '<c r="{r}"><v>NaN</v></c>',
    '<c r="{r}"><v></v></c>',
    '<c r="{r}" t="odd"><v>1</v></c>',
    '<c r="{r}" t="inlineStr"><is><r><t>rich</t></r><r><t> text</t></r></is></c>',
    '<c r="{r}" t="inlineStr"><is><t>&#x1F600; &unknown; &#0;</t></is></c>',
    '<c r="{r}" t="str"><v>_x000D_\x01\x0b</v></c>',
    "<c><v>7</v></c>",
    '<c r="A0"><v>7</v></c>',
    '<c r="1A"><v>7</v></c>',
    '<c r="$B$2"><v>7</v></c>',
    '<c r="ZZZZ9"><v>7</v></c>',
    '<c r="A99999999999"><v>7</v></c>',
    '<c r="A1:B2"><v>7</v></c>',
    '<c r=""><v>7</v></c>',
    '<c r="{r}"><v>7',
)
"""Cells as XML; `{r}` is the cell's own reference."""

SPRAWL = ("XFD1048576", "ZZ300000", "Z200000", "A1048576", "XFD2", "xfd1048576")
"""References of one far cell that makes a sheet of nothing else large."""


def letters(place: int) -> str:
    """The name of a column by its position from 0."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def sheet_xml(grid: Grid, strings: dict[str, int], odd: Mapping[tuple[int, int], str]) -> str:
    """A sheet; numbers as numbers, text through `strings` (added to), and `odd` cells as they stand."""
    lines = []
    for number, row in enumerate(grid.rows, start=1):
        cells = []
        for place, text in enumerate(row):
            ref = f"{letters(place)}{number}"
            if (number, place) in odd:
                cells.append(odd[number, place].replace("{r}", ref))
            elif _NUMBER.fullmatch(text):
                cells.append(f'<c r="{ref}"><v>{text}</v></c>')
            elif text:
                cells.append(f'<c r="{ref}" t="s"><v>{strings.setdefault(text, len(strings))}</v></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def members(sheets: Mapping[str, Grid], odd: Mapping[str, Mapping[tuple[int, int], str]]) -> dict[str, str]:
    """The files inside a workbook, by name."""
    strings: dict[str, int] = {}
    parts = [sheet_xml(grid, strings, odd.get(name, {})) for name, grid in sheets.items()]
    names = [_escaped(name).replace('"', "&quot;") for name in sheets]
    numbered = range(1, len(parts) + 1)
    listed = "".join(f'<sheet name="{names[n - 1]}" sheetId="{n}" r:id="rId{n}"/>' for n in numbered)
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbered
    )
    last = len(parts) + 1
    texts = "".join(f'<si><t xml:space="preserve">{_escaped(text)}</t></si>' for text in strings)
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
        f'<Relationship Id="rId{last}" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="rId{last + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/>'
        "</cellXfs></styleSheet>",
        "xl/sharedStrings.xml": f'{_HEAD}<sst xmlns="{_MAIN}" count="{len(strings)}" uniqueCount="{len(strings)}">'
        f"{texts}</sst>",
        **{f"xl/worksheets/sheet{n}.xml": parts[n - 1] for n in numbered},
    }


def odd_cells(random: Random, grid: Grid) -> dict[tuple[int, int], str]:
    """A few odd cells, by 1-based row and position, mostly in the table."""
    picked = {}
    for _ in range(random.choice((1, 1, 3))):
        row = random.randrange(len(grid.rows)) if grid.rows else 0
        width = len(grid.rows[row]) if grid.rows else 0
        picked[row + 1, random.randrange(width or 1)] = random.choice(ODD_CELLS)
    return picked


def odd_sheets(random: Random, sheets: dict[str, Grid]) -> dict[str, Grid]:
    """Sheets renamed, dropped, emptied, doubled or in another order."""
    names = list(sheets)
    name = random.choice(names)
    kind = random.randrange(6)
    if kind == 0:
        new = random.choice(("Renamed", "", "a/b", "x" * 40, "😀", 'q"&<', garbage(random)[:60]))
        return {new if old == name else old: grid for old, grid in sheets.items()}
    if kind == 1:
        return {old: grid for old, grid in sheets.items() if old != name}
    if kind == 2:
        return {**sheets, name: Grid([], 0)}
    if kind == 3:
        return {**sheets, f"{name} (2)": sheets[name].copy()}
    if kind == 4:
        random.shuffle(names)
        return {old: sheets[old] for old in names}
    return {name.upper(): sheets[name], **sheets}


Files = dict[str, str]


def _a_sheet(random: Random, files: Files) -> str:
    return random.choice([name for name in files if "worksheets/" in name] or list(files))


def _sprawl(random: Random, files: Files) -> None:
    ref = random.choice(SPRAWL)
    cell = f'<row r="{re.sub("[A-Za-z]", "", ref)}"><c r="{ref}"><v>5</v></c></row></sheetData>'
    name = _a_sheet(random, files)
    files[name] = files[name].replace("</sheetData>", cell)


def _repeat_rows(random: Random, files: Files) -> None:
    """A bomb: one row (with its number, or without) some hundred thousand times, small when packed."""
    name = _a_sheet(random, files)
    row = re.findall(r"<row.*?</row>", files[name], re.DOTALL)[-1:] or ["<row><c><v>1</v></c></row>"]
    one = row[0] if random.random() < 0.5 else re.sub(r' r="[^"]*"', "", row[0])
    times = random.choice((2_000, 60_000, 150_000, 600_000, 60_000_000 // len(one)))
    files[name] = files[name].replace("</sheetData>", one * times + "</sheetData>")


def _repeat_text(random: Random, files: Files) -> None:
    """A bomb: one long shared string that many cells refer to."""
    text = "x" * random.choice((10_000, 32_767, 1_000_000))
    files["xl/sharedStrings.xml"] = re.sub(
        r"<si>.*?</si>", f"<si><t>{text}</t></si>", files["xl/sharedStrings.xml"], count=1
    )
    name = _a_sheet(random, files)
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1000, 21000))
    files[name] = files[name].replace("</sheetData>", rows + "</sheetData>")


def _far_after_empty_rows(random: Random, files: Files) -> None:
    """A bomb: rows and cells without a reference, whose places must be counted to see how far they reach."""
    name = _a_sheet(random, files)
    wide = "<row>" + "<c/>" * random.choice((10, 16_000)) + "<c><v>1</v></c></row>"
    files[name] = files[name].replace("</sheetData>", "<row/>" * 300_000 + wide + "</sheetData>")


def _wrong_dimension(random: Random, files: Files) -> None:
    name = _a_sheet(random, files)
    ref = random.choice(("A1:XFD1048576", "A1", "B2:A1", "A1:ZZZZ99999999", "", "x"))
    files[name] = files[name].replace("<sheetData>", f'<dimension ref="{ref}"/><sheetData>')


def _merged(random: Random, files: Files) -> None:
    name = _a_sheet(random, files)
    ref = random.choice(("A1:F1", "A2:A40", "A1:XFD1048576", "B2", ""))
    merged = f'</sheetData><mergeCells count="1"><mergeCell ref="{ref}"/></mergeCells>'
    files[name] = files[name].replace("</sheetData>", merged)


def _entity_bomb(random: Random, files: Files) -> None:
    name = random.choice((_a_sheet(random, files), "xl/sharedStrings.xml", "xl/workbook.xml"))
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">{entities}]>'
    if name in files:
        files[name] = files[name].replace(_HEAD, _HEAD + doctype).replace("<t ", "<t>&a9;</t><t ", 1)


def _drop_member(random: Random, files: Files) -> None:
    del files[random.choice(list(files))]


def _rename_member(random: Random, files: Files) -> None:
    name = random.choice(list(files))
    files[random.choice((name.upper(), name.replace("/", "\\"), "/" + name, "../" + name))] = files.pop(name)


def _cut_xml(random: Random, files: Files) -> None:
    name = random.choice(list(files))
    files[name] = files[name][: random.randrange(len(files[name]) + 1)]


def _change_xml(random: Random, files: Files) -> None:
    """One attribute or tag of one file is another."""
    name = random.choice(list(files))
    old, new = random.choice(
        (
            ("count=", 'count="99999999999" x='),
            ('uniqueCount="', 'uniqueCount="9999999999'),
            ("sheetData", "sheetdata"),
            ("<row ", "<x:row "),
            ('r="', 'R="'),
            ("</row>", ""),
            ("worksheets/sheet", "worksheets/no"),
            ("/worksheet", "/chartsheet"),
            ('sheetId="1"', 'sheetId="1" state="veryHidden"'),
            ("UTF-8", "UTF-16"),
            ("<v>", "<v><v>"),
            ('r="A', 'r="B'),
            (_MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"),
        )
    )
    files[name] = files[name].replace(old, new)


ARCHIVE_CHANGES: tuple[Callable[[Random, Files], None], ...] = (
    _sprawl, _wrong_dimension, _merged, _entity_bomb, _drop_member, _rename_member, _cut_xml, _change_xml, _change_xml,
    _change_xml,
)  # fmt: skip
BOMBS: tuple[Callable[[Random, Files], None], ...] = (_repeat_rows, _repeat_text, _far_after_empty_rows)


def packed(random: Random, files: Files) -> bytes:
    """The files as a zip; now and then stored, with foreign members, members twice, or sizes that lie."""
    out = io.BytesIO()
    is_small = sum(map(len, files.values())) < 5_000_000  # a bomb that is large on disk is none
    method = zipfile.ZIP_STORED if random.random() > 0.9 and is_small else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, text in files.items():
            # One date for all, so that a case is the same bytes on every day.
            archive.writestr(zipfile.ZipInfo(name), text.encode("utf-8", errors="replace"), method)
        if random.random() < 0.05:
            archive.writestr(zipfile.ZipInfo("xl/media/../../../x"), "x" * 5000, method)
    content = out.getvalue()
    if random.random() < 0.05:
        content = _lie_about_size(random, content)
    return content


def _lie_about_size(random: Random, content: bytes) -> bytes:
    """Write another unpacked size into the directory of the zip."""
    at = [match.start() for match in re.finditer(rb"PK\x01\x02", content)]
    changed = bytearray(content)
    for start in random.sample(at, min(len(at), 2)):
        changed[start + 24 : start + 28] = random.choice((0, 1, 100, 2**31, 2**32 - 1)).to_bytes(4, "little")
    return bytes(changed)


def packed_plainly(files: Files) -> bytes:
    """The files as a zip in order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()
