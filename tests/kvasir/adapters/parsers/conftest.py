from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest


@pytest.fixture
def running_parsers() -> Callable[[], list[int]]:
    """The ids of this process's parser processes that still run; one that ended and was not yet waited for does not."""

    def running() -> list[int]:
        found: list[int] = []
        for child in psutil.Process().children():
            with suppress(psutil.NoSuchProcess):
                if "kvasir.adapters.parsers.worker" in child.cmdline():
                    found.append(child.pid)
        return found

    return running
