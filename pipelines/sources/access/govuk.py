"""A file attached to a page of GOV.UK, found by its number through the content API.

What belongs here: choosing the attachment, and noticing that it was issued again. What does not: what the file holds
(`iod.py`). GOV.UK issues a corrected file under the same name with another media id, so the id tells the issues apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from pipelines.notes import Kind, Note
from pipelines.sources.contract import ContractBroken, Fetched, Fetcher
from pipelines.sources.formats.json_file import read_json

API = "https://www.gov.uk/api/content"
ASSETS = "assets.publishing.service.gov.uk"
_MEDIA = re.compile(r"/(?:media|attachment_data/file)/([0-9a-f]+)/")


@dataclass(frozen=True)
class GovUkAttachment:
    """The attachment `File <number>` of a page, by the page's path (`/government/statistics/...`).

    `withdrawn` names issues known to be wrong, by media id, with what is wrong: such a one is refused.
    """

    page: str
    number: int
    suffix: str
    withdrawn: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The page as the content API gives it."""
        return f"{API}{self.page}"

    def fetch(self, fetcher: Fetcher) -> Fetched:
        """The file as attached now, with the day the page says it was updated and the media id."""
        address, updated = fetcher.index(self.url, self._attached, kind="json")
        media = media_id(address)
        if media in self.withdrawn:
            raise ContractBroken(
                f"GOV.UK serves an issue of File {self.number} that is known to be wrong.",
                where=address,
                expected="a later issue",
                found=f"media {media}: {self.withdrawn[media]}",
                do="Nothing: the issue that is pinned, or the last good file, stands in.",
            )
        before = media_id(fetcher.last_good.url) if fetcher.last_good else ""
        notes = (
            (Note(Kind.REISSUED, path=fetcher.path, label=media, title=before, day=updated),)
            if before and before != media
            else ()
        )
        received = fetcher.download(address, hosts=(ASSETS,))
        return Fetched(address, received, remark=f"GOV.UK media {media}; page updated {updated or '?'}", notes=notes)

    def _attached(self, content: bytes) -> tuple[str, str]:
        """The attachment's address, and the day on which the page was last updated."""
        said = read_json(content, self.url, "a page of the content API")
        page = said if isinstance(said, dict) else {}
        details = page.get("details")
        attached = details.get("attachments") if isinstance(details, dict) else None
        files = [one for one in attached or [] if isinstance(one, dict) and isinstance(one.get("url"), str)]
        mine = [one["url"] for one in files if self._is_mine(one)]
        if len(mine) != 1 or urlsplit(mine[0]).netloc != ASSETS or not media_id(mine[0]):
            raise ContractBroken(
                f"The page of GOV.UK has no one File {self.number} attached.",
                where=self.url,
                expected=f"one attachment called File {self.number}, {self.suffix}, on {ASSETS}",
                found=", ".join(mine or [str(one.get("title"))[:80] for one in files[:20]]) or "no attachment",
                do="Open the page; if the file is called something else now, correct the resource's `access`.",
            )
        return mine[0], str(page.get("public_updated_at") or "")[:10]

    def _is_mine(self, attachment: Mapping[str, Any]) -> bool:
        named = (str(attachment.get(name) or "") for name in ("title", "filename"))
        wanted = re.compile(rf"\s*file[\s_]+{self.number}(?![0-9])", re.IGNORECASE)
        return any(map(wanted.match, named)) and urlsplit(attachment["url"]).path.lower().endswith(self.suffix)


def media_id(url: str) -> str:
    """The id of an issue in its address; empty where the address holds none."""
    found = _MEDIA.search(url)
    return found[1] if found else ""
