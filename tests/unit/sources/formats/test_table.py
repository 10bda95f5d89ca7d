"""Opening tables: headers found by content, columns by meaning, and refusing what is no table."""

import io
import zipfile
from collections.abc import Callable

import pytest

from pipelines.sources.contract import ContractBroken
from pipelines.sources.formats.table import Column, Table, csv_table, shown, tidy_header
from pipelines.sources.formats.workbook import workbook_tables
from pipelines.sources.formats.workbook_size import Limits, refuse_oversize
from tests.unit.sources.made_files import a_snapshot, a_workbook

COLUMNS = (Column("code", ("area code",)), Column("people", ("population", "people")))


def texts(table: Table) -> list[tuple[object, ...]]:
    return table.cells.select(*(table.text(column) for column in COLUMNS), "source_line").rows()


def read(text: str) -> list[tuple[object, ...]]:
    return texts(csv_table(text.encode(), a_snapshot(), COLUMNS))


def test_headers_match_whatever_their_order_case_and_white_space() -> None:
    assert read("\ufeffPeople ,Other, Area\u00a0 Code\n10,x,E1\n") == [("E1", "10", 2)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_preamble_blank_rows_and_footer_are_passed_over_and_lines_still_count(end: str) -> None:
    lines = ["Title", "", "Area code,Population", "", "E1,10", "", "E2,20", "", "Source: us"]
    assert read(end.join(lines)) == [("E1", "10", 5), ("E2", "20", 7)]


def test_a_last_row_that_is_short_is_a_row_not_a_footer() -> None:
    assert read("area code,population\nE1,10\nE0\n") == [("E1", "10", 2), ("E0", None, 3)]


@pytest.mark.parametrize("last", ["E2", "E2,20"])
def test_a_file_that_ends_in_the_middle_of_a_row_is_refused_whole(last: str) -> None:
    with pytest.raises(ContractBroken, match="cut short") as caught:
        read(f"area code,population,year\nE1,10,2019\n{last}")
    assert caught.value.where.endswith("line 3")
    assert read("area code,population,year\nE1,10,2019\nE2,20,2020") == [("E1", "10", 2), ("E2", "20", 3)]


def test_commas_in_the_sentences_of_a_footer_do_not_make_rows_of_them() -> None:
    table = "Area code,Population,Sex,Year,Age,Unit\nE1,10,Male,2019,All,People\n"
    assert read(f"{table}\nNotes\n1. Provisional, see the release\n") == [("E1", "10", 2)]
    assert len(read(f"{table}1. Provisional, see the release\n")) == 2, "no blank row stands before it"
    assert len(read(f"{table}\nE2,20,Male\n")) == 2, "a row that lacks its last cell is no sentence"


def test_a_title_in_another_encoding_is_passed_over_and_a_short_row_still_seen() -> None:
    table = csv_table(b"Caf\xe9 \xff\nArea code,Population\nE1,10\nE2\n", a_snapshot(), COLUMNS)
    assert texts(table) == [("E1", "10", 3), ("E2", None, 4)]
    assert table.cells["short"].to_list() == [False, True]


def test_a_cell_over_two_lines_moves_the_lines_after_it() -> None:
    assert read('area code,population\n"E\n1",10\nE2,20\n') == [("E\n1", "10", 2), ("E2", "20", 4)]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf \n\n", "The file is empty."),
        (b"\n <!DOCTYPE html><html>Moved</html>", "This is a web page, not a table."),
        (b"PK\x03\x04\0\0rest", "This is no CSV text."),
        (b"name,number\nE1,10\n", "No header was found."),
        (b"code;name;value\nE1;a;10\n", "The columns are not separated by commas."),
        (b"code\tname\tvalue\nE1\ta\t10\n", "The columns are not separated by commas."),
        (b"area code,population,people\nE1,10,10\n", "Two columns mean the same."),
        (b'area code,population\nE1,10\n"E2', "The text stops being CSV part of the way."),
        (b"area code,population\nE1,\xff\n", "The text stops being CSV part of the way."),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, what: str) -> None:
    with pytest.raises(ContractBroken) as error:
        csv_table(content, a_snapshot(), COLUMNS)
    assert error.value.what == what


def test_a_missing_column_is_named_with_what_was_found_and_the_closest() -> None:
    with pytest.raises(ContractBroken) as error:
        csv_table(b"Area code,Populations,Year\nE1,10,2019\n", a_snapshot("iod/x.csv"), COLUMNS)
    assert error.value.what == "The column 'population' is missing."
    assert error.value.where == "iod/x.csv (snapshot abababababab)"
    assert error.value.expected == "'population' or 'people'"
    assert error.value.found == "Area code, Populations, Year; the closest is 'populations'"
    assert error.value.do


def test_the_sheet_is_found_by_its_header_and_rows_keep_their_numbers() -> None:
    content = a_workbook(
        {
            "Notes": [["About area code"]],
            "Figures": [["Title"], [None], ["Area code", "People"], ["E1", 10], [None], ["E2", 20.5]],
            "Empty": [],
        }
    )
    (table,) = workbook_tables(content, a_snapshot("x.xlsx"), COLUMNS)
    assert texts(table) == [("E1", "10", 4), ("E2", "20.5", 6)]


def test_a_cell_with_two_lines_does_not_move_the_rows_of_a_sheet() -> None:
    content = a_workbook({"1": [["Area code", "People"], ["E\n1", 10], ["E2", 20]]})
    assert texts(workbook_tables(content, a_snapshot(), COLUMNS)[0]) == [("E\n1", "10", 2), ("E2", "20", 3)]


def test_the_nearest_sheet_is_described_when_none_fits() -> None:
    content = a_workbook({"Notes": [["About"]], "Figures": [["Area code", "Head count"], ["E1", 10]]})
    with pytest.raises(ContractBroken, match="'population' is missing") as error:
        workbook_tables(content, a_snapshot("x.xlsx"), COLUMNS)
    assert "sheet 'Figures'" in error.value.where


def test_a_truncated_workbook_is_refused_wherever_it_is_cut() -> None:
    content = a_workbook({"1": [["Area code", "People"], *(["E1", n] for n in range(500))]})
    for kept in (10, len(content) // 2, len(content) - 1):
        with pytest.raises(ContractBroken) as error:
            workbook_tables(content[:kept], a_snapshot("x.xlsx"), COLUMNS)
        assert (error.value.what, error.value.found) == ("This is no workbook.", "a zip that is cut short")


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ContractBroken, match="cannot be opened"):
        workbook_tables(held.getvalue(), a_snapshot("x.xlsx"), COLUMNS)


def test_html_and_nothing_are_no_workbook() -> None:
    with pytest.raises(ContractBroken, match="web page"):
        workbook_tables(b"<html>", a_snapshot("x.xlsx"), COLUMNS)
    with pytest.raises(ContractBroken, match="empty"):
        workbook_tables(b"", a_snapshot("x.xlsx"), COLUMNS)
    with pytest.raises(ContractBroken, match="empty"):
        workbook_tables(a_workbook({"1": []}), a_snapshot("x.xlsx"), COLUMNS)


def test_a_workbook_that_unpacks_too_big_is_refused() -> None:
    content = a_workbook({"1": [["Area code", "People"]]})
    with pytest.raises(ContractBroken, match="too big"):
        refuse_oversize(content, "x.xlsx", Limits(unpacked_bytes=1000))
    with pytest.raises(ContractBroken, match="at most 1 "):
        refuse_oversize(content, "x.xlsx", Limits(cells=1))


def test_tidy_header() -> None:
    assert tidy_header("\ufeffIMD - Proportion \u00a0of\nLSOAs ") == "imd - proportion of lsoas"


def repacked(content: bytes, change: Callable[[str], str], name: str = "sheet1.xml") -> bytes:
    """A workbook with the text of one of its files changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            text = old.read(member).decode()
            new.writestr(member, change(text) if member.endswith(name) else text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ('<row r="1048576"><c r="XFD1048576"><v>5</v></c></row>', "16,384 in xl/worksheets/sheet1.xml"),
        ('<row r="1048576"><c r="Z1048576"><v>5</v></c></row>', "27,262,976 cells"),
        ("<row/>" * 1_000_000 + "<row><c/><c/><c/><c/><c/><c/><c/><c/><c><v>5</v></c></row>", "9,000,027 cells"),
        ("<row r='1048576'><c s='1' r='Z1048576'><v>5</v></c></row>", "27,262,976 cells"),
        ("".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(3, 4003)), "bytes up to"),
        ("".join(f'<row r="{n}"><c r="A{n}" t="s"><v><![CDATA[0]]></v></c></row>' for n in range(3, 4003)), "bytes up"),
        (
            "".join(f'<row r="{n}"><c r="A{n}" t="s"><v><!-- > -->0</v></c></row>' for n in range(3, 4003)),
            "bytes up to",
        ),
        ("".join(f'<row r="{n}"><c r="A{n}" x=">" t="s"><v>0</v></c></row>' for n in range(3, 4003)), "bytes up to"),
        ('<row r="1048576"><c r="Z1048576"><!-- far --><v>5</v></c></row>', "27,262,976 cells"),
        ('<row r="1048576"><c r="&#90;1048576"><v>5</v></c></row>', "27,262,976 cells"),
    ],
    ids=[
        "far_cell",
        "many_rows",
        "uncounted_rows",
        "other_quotes",
        "one_text_in_many_cells",
        "place_in_cdata",
        "comment_in_a_value",
        "bracket_in_an_attribute",
        "comment_in_a_cell",
        "place_in_entities",
    ],
)
def test_a_small_workbook_that_would_take_all_memory_is_refused_before_it_is_opened(cells: str, found: str) -> None:
    content = a_workbook({"1": [["Area code" + "!" * 32_000, "People"], ["E1", 10]]})
    content = repacked(content, lambda text: text.replace("</sheetData>", f"{cells}</sheetData>"))
    with pytest.raises(ContractBroken, match="too big") as error:
        workbook_tables(content, a_snapshot("x.xlsx"), COLUMNS)
    assert found in error.value.found


def test_a_text_in_cdata_counts_each_time_it_is_used() -> None:
    content = a_workbook({"1": [["Area code" + "!" * 32_000, "People"], ["E1", 10]]})
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(3, 4003))
    content = repacked(content, lambda text: text.replace("</sheetData>", f"{cells}</sheetData>"))
    content = repacked(
        content,
        lambda text: text.replace("<t>Area", "<t><![CDATA[Area").replace("!</t>", "!]]></t>"),
        "sharedStrings.xml",
    )
    with pytest.raises(ContractBroken, match="too big"):
        workbook_tables(content, a_snapshot("x.xlsx"), COLUMNS)


def test_a_workbook_packed_a_hundredfold_is_refused() -> None:
    content = a_workbook({"1": [["Area code", "People"], ["E1", 10]]})
    content = repacked(content, lambda text: text.replace("</sheetData>", " " * 10_000_000 + "</sheetData>"))
    with pytest.raises(ContractBroken, match="at most 100 times its"):
        workbook_tables(content, a_snapshot("x.xlsx"), COLUMNS)


def test_a_workbook_that_promises_endless_texts_is_refused_before_it_is_opened() -> None:
    content = a_workbook({"1": [["Area code", "People"], ["E1", 10]]})
    content = repacked(
        content, lambda text: text.replace('uniqueCount="', 'uniqueCount="99999999'), "sharedStrings.xml"
    )
    with pytest.raises(ContractBroken, match="shared texts"):
        workbook_tables(content, a_snapshot("x.xlsx"), COLUMNS)


def test_far_cells_that_are_empty_do_not_count() -> None:
    far = '<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'
    content = a_workbook({"1": [["Area code", "People"], ["E1", 10]]})
    content = repacked(content, lambda text: text.replace("</sheetData>", far))
    assert texts(workbook_tables(content, a_snapshot(), COLUMNS)[0]) == [("E1", "10", 2)]


def test_a_workbook_that_lies_about_its_size_is_refused() -> None:
    content = bytearray(a_workbook({"1": [["Area code", "People"], ["E1", 10]]}))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (1).to_bytes(4, "little")
    with pytest.raises(ContractBroken, match="no workbook"):
        workbook_tables(bytes(content), a_snapshot("x.xlsx"), COLUMNS)


def test_a_cell_far_too_long_is_refused_with_its_line() -> None:
    read(f"area code,population\nE1,{'9' * 32_767}\n")
    with pytest.raises(ContractBroken, match="far too long") as error:
        read(f"area code,population\nE1,10\nE2,{'9' * 32_768}\n")
    assert error.value.where.endswith("line 3")


def test_what_a_message_shows_of_a_file_is_never_blank_nor_endless_nor_a_control_character() -> None:
    assert shown("Caf\u00e9, 10") == "Caf\u00e9, 10"
    assert shown("a\x1b[31m\nb") == "a\\x1b[31m\\nb"
    assert shown(" ") == "nothing but ' '"
    assert shown("") == "nothing but ''"
    assert len(shown("x" * 1_000_000)) < 2_100
    with pytest.raises(ContractBroken) as error:
        csv_table(b"\x1b[2J\n", a_snapshot(), COLUMNS)
    assert error.value.found == "\\x1b[2J"
