"""The environment, read once. Nothing else in Kvasir reads environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation can set from outside.

    Attributes:
        data: public documents for data tests and benchmarks (KVASIR_DATA); None skips them.
        ci: the demo exits after its answers (CI).
        log_level: name of a standard level (KVASIR_LOG_LEVEL, default WARNING).
    """

    data: Path | None
    ci: bool
    log_level: str

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Reads the process environment, or the one given."""
        values = os.environ if environment is None else environment
        data = values.get("KVASIR_DATA", "")
        return cls(
            data=Path(data) if data else None,
            ci=values.get("CI", "").lower() in {"1", "true", "yes"},
            log_level=values.get("KVASIR_LOG_LEVEL", "WARNING").upper(),
        )
