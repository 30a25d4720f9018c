"""What a site said last time, kept beside the data: the links of pages that answer "unchanged" from now on.

It may vanish at any time. Then pages are read in full once more, and nothing else is different.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class LinkMemory:
    """Links by page, one small file each."""

    folder: Path
    _used: set[str] = field(default_factory=set[str])

    def recall(self, url: str, validators: Mapping[str, str]) -> Sequence[str] | None:
        """Links of the page in this version; None when they are not known."""
        file = self._file(url)
        try:
            entry = json.loads(zlib.decompress(file.read_bytes()))
        except (OSError, ValueError, zlib.error):
            return None
        if not validators or entry["validators"] != dict(validators):
            return None
        self._used.add(file.name)
        return entry["links"]

    def keep(self, url: str, validators: Mapping[str, str], links: Sequence[str]) -> None:
        """Pages that the site cannot recognise again are not kept. A full disk is no reason to stop."""
        if not validators:
            return
        file = self._file(url)
        entry = json.dumps({"validators": dict(validators), "links": list(links)}).encode()
        temporary = file.with_suffix(".new")
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(zlib.compress(entry))
            temporary.replace(file)
            self._used.add(file.name)

    def sweep(self) -> None:
        """After a complete listing: forgets pages that it did not see."""
        for file in self.folder.glob("*/*"):
            if file.name not in self._used:
                file.unlink(missing_ok=True)

    def _file(self, url: str) -> Path:
        name = hashlib.blake2b(url.encode(), digest_size=16).hexdigest()
        return self.folder / name[:2] / name
