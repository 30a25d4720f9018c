"""100,000 passages of real technical prose: documentation packages of Debian, fetched once by `apt-get download`."""

import gzip
import json
import random
import re
import subprocess
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from benchmarks.retrieval.datasets import Document, Passage
from benchmarks.retrieval.splitting import split

PACKAGES = (
    "linux-doc-6.1", "python3.11-doc", "postgresql-doc-15", "debian-handbook", "git-doc", "nodejs-doc", "r-doc-html",
    "octave-doc", "bash-doc", "erlang-doc", "perl-doc", "libboost1.81-doc", "python-django-doc",
)  # fmt: skip
MORE = ("openjdk-17-doc",)
"""Read when the others are exhausted: what is drawn from them stays the same."""
CACHE = Path(__file__).parents[2] / ".cache" / "scale"
_TAG = re.compile(r"<(script|style|head)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_ENTITY = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&nbsp;": " ", "&#8217;": "'", "&#x27;": "'"}
_SUFFIXES = (".html", ".rst", ".txt", ".rst.gz", ".txt.gz", ".html.gz", ".pod")


def download(packages: Sequence[str]) -> list[Path]:
    """The packages' files, from the cache or the Debian mirror; what the mirror lacks is left out."""
    place = CACHE / "deb"
    place.mkdir(parents=True, exist_ok=True)
    for package in packages:
        if not list(place.glob(f"{package}_*.deb")):
            subprocess.run(["apt-get", "download", package], cwd=place, check=False, capture_output=True, timeout=300)
    return sorted(path for package in packages for path in place.glob(f"{package}_*.deb"))


def _texts(package: Path) -> Iterator[tuple[str, str]]:
    unpacked = CACHE / "tree" / package.name.split("_")[0]
    if not unpacked.exists():
        unpacked.mkdir(parents=True)
        subprocess.run(["dpkg-deb", "-x", str(package), str(unpacked)], check=True)
    for path in sorted(unpacked.rglob("*")):
        if (
            path.is_file()
            and not path.is_symlink()
            and path.name.endswith(_SUFFIXES)
            and path.stat().st_size < 2_000_000
        ):
            raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            text = raw.decode("utf-8", "replace")
            if ".html" in path.name:
                text = _TAG.sub(" ", text)
                for entity, character in _ENTITY.items():
                    text = text.replace(entity, character)
            text = re.sub(r"[ \t]+", " ", re.sub(r"\s*\n\s*\n\s*", "\n\n", text)).strip()
            if len(text) > 300:
                yield str(path.relative_to(unpacked)), text


def _shuffled(packages: Sequence[str], seed: int) -> list[Document]:
    documents = [
        Document(f"{package.name.split('_')[0]}/{name}", text, Path(name).stem.replace("-", " "))
        for package in download(packages)
        for name, text in _texts(package)
    ]
    random.Random(seed).shuffle(documents)
    return documents


def passages(count: int, *, size: int, overlap: int, seed: int = 2026) -> list[Passage]:
    """`count` passages of whole documents in a seeded order (the last document may be cut)."""
    store = CACHE / f"passages-{count}-{size}-{overlap}-{seed}.jsonl"
    if not store.exists():
        kept: list[Passage] = []
        for document in chain.from_iterable(_shuffled(packages, seed) for packages in (PACKAGES, MORE)):
            kept.extend(split(document, size=size, overlap=overlap))
            if len(kept) >= count:
                break
        if len(kept) < count:
            raise SystemExit(f"only {len(kept)} passages in the Debian packages found; {count} wanted")
        with store.open("w", encoding="utf-8") as file:
            for one in kept[:count]:
                file.write(json.dumps([one.id, one.document, one.text, one.prefix]) + "\n")
    with store.open(encoding="utf-8") as file:
        return [Passage(*json.loads(line)) for line in file]
