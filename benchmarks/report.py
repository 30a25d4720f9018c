"""What every result says of itself: when, on what machine, with which versions; and how shares are written down."""

import json
import math
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

RESULTS = Path(__file__).parent / "results"
_Z = 1.959964
"""95 % of a normal distribution."""


def save(name: str, result: Mapping[str, Any], *, packages: tuple[str, ...] = ("numpy",)) -> None:
    """Writes `results/NAME.json` and prints it."""
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {
            "cores": os.cpu_count(),
            "memory GiB": round(psutil.virtual_memory().total / 2**30, 1),
            "python": platform.python_version(),
            **{package: version(package) for package in packages},
        },
    }
    text = json.dumps({**about, **result}, indent=2, ensure_ascii=False) + "\n"
    (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")
    print(text)


def share(count: int, total: int) -> dict[str, float | int]:
    """In per cent, with the Wilson interval of 95 % (Wilson 1927)."""
    if not total:
        return {"of": 0}
    p, square = count / total, _Z * _Z
    centre = (p + square / (2 * total)) / (1 + square / total)
    half = _Z * math.sqrt(p * (1 - p) / total + square / (4 * total * total)) / (1 + square / total)
    return {
        "of": total,
        "%": round(100 * p, 2),
        "low": round(100 * (centre - half), 2),
        "high": round(100 * (centre + half), 2),
    }
