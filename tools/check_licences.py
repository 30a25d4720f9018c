"""Fails when an installed run-time dependency has a licence that is not on the allow-list.

Reads the metadata of the installed distributions that the project's base and extras reach, so that test and benchmark
tools do not count. Run by `make check`.
"""

import re
import sys
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ALLOWED = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|HPND|Unlicense|Zlib|CNRI-Python|Public Domain)\b",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(r"\b(A?GPL|SSPL|Server Side Public|Affero|GNU General Public)", re.IGNORECASE)
# Reviewed by hand: the metadata is missing or says less than the licence file.
REVIEWED = {
    "cuda-toolkit": "NVIDIA, extra `models` only",
}
REVIEWED_PREFIXES = ("nvidia-", "cuda-")


def reachable(name: str, extras: frozenset[str], seen: dict[str, metadata.Distribution]) -> None:
    """Collects the installed distributions that `name[extras]` needs."""
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return
    seen[canonicalize_name(name)] = distribution
    for line in distribution.requires or []:
        requirement = Requirement(line)
        wanted = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in extras or {""}
        )
        if wanted and canonicalize_name(requirement.name) not in seen:
            reachable(requirement.name, frozenset(requirement.extras) | {""}, seen)


def licence(distribution: metadata.Distribution) -> str:
    """All that the metadata says about the licence, in one line."""
    fields = distribution.metadata
    classifiers = [c for c in fields.get_all("Classifier") or [] if c.startswith("License ::")]
    said = [fields.get("License-Expression") or "", *classifiers]
    if not any(said):
        said.append((fields.get("License") or "")[:200])
    return " | ".join(part for part in said if part)


def refusals() -> Iterator[str]:
    """One sentence per distribution whose licence is not allowed."""
    seen: dict[str, metadata.Distribution] = {}
    reachable("kvasir-rag", frozenset({"", "models", "onnx"}), seen)
    for name, distribution in sorted(seen.items()):
        if name == "kvasir-rag" or name in REVIEWED or name.startswith(REVIEWED_PREFIXES):
            continue
        text = licence(distribution)
        if FORBIDDEN.search(text) or not ALLOWED.search(text):
            yield f"{name} {distribution.version}: licence {text or 'unknown'!r} is not on the allow-list"


def main() -> int:
    """Exit status 1 and a line each when something is refused."""
    found = list(refusals())
    print("\n".join(found) or "licences: all allowed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
