"""What the parent of the workers hands to them; it needs none of what they import."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def load(data_directory: Path, networks: Sequence[str] = ()) -> "ASGIApp":
    """Called in each worker. Importing takes seconds and memory, which the parent does without."""
    return import_module("kvasir_services.gateway.worker").load(data_directory, networks)
