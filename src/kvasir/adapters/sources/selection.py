"""Which paths of a source are taken: globs over the path relative to the source's folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wcmatch import glob

_FLAGS: Final = glob.GLOBSTAR | glob.DOTGLOB


@dataclass(frozen=True, slots=True)
class Selection:
    """Everything but hidden files, or what `include` names; never what `exclude` names. `**` crosses folders."""

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()

    def takes(self, path: str) -> bool:
        """Whether a `/`-separated relative path is selected."""
        if self.include:
            chosen = glob.globmatch(path, list(self.include), flags=_FLAGS)
        else:
            chosen = not any(part.startswith(".") for part in path.split("/"))
        return chosen and not self.refuses(path)

    def refuses(self, path: str) -> bool:
        """Whether `exclude` names it."""
        return glob.globmatch(path, list(self.exclude), flags=_FLAGS)

    def takes_url(self, url: str) -> bool:
        """As `takes`, for URLs: nothing is hidden there."""
        return (not self.include or glob.globmatch(url, list(self.include), flags=_FLAGS)) and not self.refuses(url)
