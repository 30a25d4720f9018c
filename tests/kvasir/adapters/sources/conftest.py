from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kvasir.adapters.sources.addresses import NetworkPolicy
from kvasir.adapters.sources.http import HTTPSource, WebSite

Reading = Callable[..., HTTPSource]


@pytest.fixture
def site() -> Iterator[Any]:
    """A `kvasir.testing.website.Website`, imported late so that its assertions are rewritten."""
    from kvasir.testing.website import website

    with website() as served:
        yield served


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """Makes a source; URLs may begin with `/`, for the site of the test."""

    def make(site: Any, *starts: str, allowed: str = "127.0.0.0/8", **options: Any) -> HTTPSource:
        if "sitemap" in options:
            options["sitemap"] = site.url + options["sitemap"]
        spec = WebSite(urls=[site.url + start for start in starts], **{"timeout_seconds": 5, **options})
        return HTTPSource("pages", spec, NetworkPolicy.of([allowed] if allowed else []), tmp_path / "scratch")

    return make
