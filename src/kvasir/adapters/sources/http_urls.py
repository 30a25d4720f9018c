"""URLs as identities: one spelling per page, its origin, and what counts as below a start page."""

import re
import string
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

import httpx

_LONGEST: Final = 2048
_ESCAPE: Final = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED: Final = frozenset(string.ascii_letters + string.digits + "-._~")


def normalised(url: str, base: str | None = None) -> str | None:
    """The one spelling of an http or https URL (RFC 3986, 6.2.2), resolved against `base`; None for anything else.

    Scheme and host in lower case, no default port, no dot segments, escapes only where needed, no fragment.
    """
    try:
        joined = httpx.URL(urljoin(base, url.strip()) if base else url.strip())
    except (httpx.InvalidURL, ValueError):
        return None
    if joined.scheme not in {"http", "https"} or not joined.host or joined.userinfo:
        return None
    result = _ESCAPE.sub(_unescaped, str(joined.copy_with(fragment=None, path=joined.path or "/")))
    return result if len(result) <= _LONGEST else None


def _unescaped(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def origin(url: str) -> str:
    """Scheme, host and port."""
    return str(httpx.URL(url).copy_with(raw_path=b"/", fragment=None))


@dataclass(frozen=True, slots=True)
class Below:
    """What stands below a start page: the folder of a file, or everything under a path that names no file."""

    page: str
    folder: str

    @classmethod
    def of(cls, page: str) -> "Below":
        path = page.partition("?")[0]
        parent, _, last = path.rpartition("/")
        return cls(page, f"{parent}/" if not last or "." in last else f"{path}/")

    def holds(self, url: str) -> bool:
        """Whether a normalised URL is the page itself or stands below it."""
        return url == self.page or url.startswith(self.folder)
