"""What a publisher can do wrong, and what must come of it: one line of the table each.

Every fault is tried on one resource that has a last good snapshot. `outcome` is what a live run must end with, `tries`
how often it must have asked, `cause` words that the message must hold.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
import xlsxwriter

from tests.proofs.publisher.server import Answer, Fault, packed

FRESH, FRESH_LESS, STALE = "fresh", "fresh, bad rows rejected", "last good, marked stale"
A_DATE = "the date 20 s from now"
NEVER = threading.Event()


@dataclass(frozen=True)
class Line:
    """One fault: how it is done, on which kind of file, at which part of an address, and what must come of it."""

    name: str
    fault: Fault | None
    outcome: str
    tries: int = 1
    cause: str = ""
    kind: str = "csv"
    certificate: str = "good"
    at: str = ""


def status(code: int, **headers: str) -> Fault:
    def do(answer: Answer) -> None:
        answer.status, answer.body = code, b"<html>Sorry</html>"
        answer.headers = {"Content-Type": "text/html"} | {
            key.replace("_", "-"): value for key, value in headers.items()
        }

    return do


@dataclass
class First:
    """A fault that passes after so many requests."""

    left: int
    fault: Fault

    def __call__(self, answer: Answer) -> None:
        self.left -= 1
        if self.left >= 0:
            self.fault(answer)


def body(change: Callable[[bytes], bytes], **headers: str) -> Fault:
    """Another body, under an ETag of its own."""

    def do(answer: Answer) -> None:
        answer.body = change(answer.body)
        answer.headers |= {"ETag": '"changed"'} | {key.replace("_", "-"): value for key, value in headers.items()}

    return do


def text(change: Callable[[str], str], encoding: str = "utf-8") -> Fault:
    return body(lambda content: change(content.decode("utf-8-sig")).encode(encoding))


def wait(answer: Answer) -> None:
    answer.wait_for = NEVER


def hang_up(answer: Answer) -> None:
    answer.headers["ETag"], answer.declared, answer.stop_after = '"changed"', len(answer.body), len(answer.body) // 2


def declare(more: int) -> Fault:
    def do(answer: Answer) -> None:
        answer.headers["ETag"], answer.declared = '"changed"', len(answer.body) + more

    return do


def redirect(where: str) -> Fault:
    def do(answer: Answer) -> None:
        answer.status, answer.body, answer.headers = 302, b"", {"Location": where}

    return do


def gzip_bomb(content: bytes) -> bytes:
    return packed(b"0" * 60_000_000)


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def cut_gzip(content: bytes) -> bytes:
    return packed(content)[:-2000]


def lines(change: Callable[[list[str]], list[str]]) -> Fault:
    return text(lambda whole: "\n".join(change(whole.splitlines())) + "\n")


def reorder(content: bytes) -> bytes:
    table = pl.read_csv(content, infer_schema=False)
    return table.select(reversed(table.columns)).write_csv().encode()


def with_value(change: Callable[[str], str], *, in_place: bool) -> Fault:
    """The first row with another value: instead of it, or added to it."""

    def do(content: bytes) -> bytes:
        table = pl.read_csv(content, infer_schema=False, quote_char='"')
        row = table.head(1).with_columns(pl.lit(change(table["Value"][0])).alias("Value"))
        return pl.concat([row, table.slice(1 if in_place else 0)]).write_csv().encode()

    return body(do)


def other_workbook(_: bytes) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as workbook:
        workbook.add_worksheet("Notes").write(0, 0, "This file has moved.")
    return content.getvalue()


PAGE = b"<!DOCTYPE html><html><body>We are carrying out maintenance.</body></html>"

TABLE = (
    Line("nothing wrong", None, FRESH),
    Line("no answer in time", wait, STALE, 5, "did not answer in time"),
    Line("hangs up mid-body, always", hang_up, STALE, 5, "ended early"),
    Line("hangs up mid-body, twice", First(2, hang_up), FRESH, 3),
    Line("declares more bytes than it sends", declare(+500), STALE, 5, "ended early"),
    Line("declares fewer bytes than it sends", declare(-500), STALE, 1, "cut short"),
    Line("declares fewer bytes, workbook", declare(-500), STALE, 1, "cut short", kind="xlsx"),
    Line("429 with Retry-After in seconds, once", First(1, status(429, Retry_After="7")), FRESH, 2),
    Line("429 with Retry-After as a date, once", First(1, status(429, Retry_After=A_DATE)), FRESH, 2),
    Line("429 without Retry-After, three times", First(3, status(429)), FRESH, 4),
    Line("429 for ever", status(429), STALE, 5, "429"),
    Line("429 with Retry-After of an hour", status(429, Retry_After="3600"), STALE, 1, "asks to wait 3,600 s"),
    Line("500 for ever", status(500), STALE, 5, "500"),
    Line("500 once", First(1, status(500)), FRESH, 2),
    Line("502 once", First(1, status(502)), FRESH, 2),
    Line("503 with Retry-After, once", First(1, status(503, Retry_After="2")), FRESH, 2),
    Line("504 once", First(1, status(504)), FRESH, 2),
    Line("403", status(403), STALE, 1, "403"),
    Line("404", status(404), STALE, 1, "404"),
    Line("204, no content", status(204), STALE, 1, "204"),
    Line("200 with a web page, called HTML", body(lambda _: PAGE, Content_Type="text/html"), STALE, 1, "text/html"),
    Line("200 with a web page, called CSV", body(lambda _: PAGE), STALE, 1, "web page"),
    Line("200 with a web page, called a workbook", body(lambda _: PAGE), STALE, 1, "web page", kind="xlsx"),
    Line("200 with a JSON error", body(lambda _: b'{"Message":"error"}', Content_Type="application/json"), STALE, 1,
         "application/json"),
    Line("200 with an error in words, called CSV", body(lambda _: b"An error has occurred.\n"), STALE, 1, "No header"),
    Line("empty body", body(lambda _: b""), STALE, 1, "empty body"),
    Line("white space only", body(lambda _: b"\r\n \r\n"), STALE, 1, "empty"),
    Line("a gzip bomb", body(gzip_bomb, Content_Encoding="gzip"), STALE, 1, "more than 5,000,000 bytes"),
    Line("honest gzip", body(packed, Content_Encoding="gzip"), FRESH),
    Line("gzip cut short, whole by its length", body(cut_gzip, Content_Encoding="gzip"), STALE, 5, "gzip body is cut"),
    Line("gzip that is none", body(lambda content: content, Content_Encoding="gzip"), STALE, 5, "gzip body is damaged"),
    Line("an encoding nobody asked for", body(lambda content: content, Content_Encoding="br"), STALE, 1, "encoding br"),
    Line("an expired certificate", None, STALE, 0, "certificate", certificate="expired"),
    Line("a certificate of an unknown authority", None, STALE, 0, "certificate", certificate="unknown"),
    Line("a certificate of another name", None, STALE, 0, "certificate", certificate="misnamed"),
    Line("a redirect to another host", redirect("https://elsewhere.example/file.csv"), STALE, 1, "another host"),
    Line("a redirect to plain http", redirect("http://fingertips.phe.org.uk/file.csv"), STALE, 1, "not https"),
    Line("redirects in a circle", redirect("?again=1"), STALE, 6, "redirected more than"),
    Line("a renamed column", text(lambda whole: whole.replace(",Value,", ",Amount,", 1)), STALE, 1, "Value"),
    Line("reordered columns", body(reorder), FRESH),
    Line("a byte order mark", body(lambda content: b"\xef\xbb\xbf" + content.removeprefix(b"\xef\xbb\xbf")), FRESH),
    Line("UTF-16", text(str, "utf-16"), STALE, 1, "not UTF-8"),
    Line("Windows-1252 with an accent", text(lambda whole: whole.replace("England", "Angl\u00e9terre"), "cp1252"),
         STALE, 1, "encoding"),
    Line("duplicate rows", lines(lambda rows: [*rows, *rows[1:6]]), FRESH),
    Line("contradictory rows", with_value(lambda value: f"{float(value) + 1}", in_place=False), STALE, 1,
         "contradicting"),
    Line("a value that is no number", with_value(lambda _: "about twelve", in_place=True), FRESH_LESS),
    Line("a header and zero rows", lines(lambda rows: rows[:1]), STALE, 1, "row"),
    Line("an unknown label", text(lambda whole: whole.replace("Second most deprived", "Rather deprived")), FRESH_LESS,
         1, "Rather deprived"),
    Line("a workbook cut short", body(half), STALE, 1, "cut short", kind="xlsx"),
    Line("another workbook", body(other_workbook), STALE, 1, "header", kind="xlsx"),
    Line("a CSV called a workbook", body(lambda _: b"a,b\n1,2\n"), STALE, 1, "begins", kind="xlsx"),
)  # fmt: skip
