"""What `kvasir up` was asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class UpOptions:
    """`volumes` maps claim names to folders; `paths` are watched; `networks` are CIDRs that may be spoken to."""

    paths: Sequence[Path]
    data_directory: Path
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    volumes: Mapping[str, Path] = field(default_factory=dict[str, Path])
    networks: Sequence[str] = ()
