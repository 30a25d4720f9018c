"""Shares with their uncertainty."""

import math
from typing import Any


def share(count: int, total: int) -> dict[str, Any]:
    """Per cent, with Wilson's interval of 95 %."""
    z, rate = 1.96, count / total
    middle = (rate + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return {"per cent": round(100 * rate, 2), "interval": [round(100 * low, 1), round(100 * high, 1)], "of": total}
