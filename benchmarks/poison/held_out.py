"""Five wordings of each family that nobody saw who worked on the detector; until a fresh set stands here, the earlier one."""

from benchmarks.poison.earlier import ENCODED, HIDDEN, PLAIN

__all__ = ["ENCODED", "HIDDEN", "PLAIN"]
