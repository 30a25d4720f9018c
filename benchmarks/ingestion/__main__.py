"""`python -m benchmarks.ingestion`: documents and mebibytes per second by format, memory, and the share of the embedder's rate.

Embedded stores and one parser process. The peak is the proportional set size of the whole process tree.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import minilm
from benchmarks.ingestion.corpora import FORMATS, write_format, write_large_text, write_long_pdf
from benchmarks.ingestion.embedding import measure_embedding
from benchmarks.ingestion.measure import measure
from benchmarks.report import RESULTS, save
from kvasir.settings import Settings

LARGE_TEXT = 200 << 20
LONG_PDF = 2000


def with_a_model(_folder: Path, _share: float) -> Mapping[str, object] | None:
    """All of the public corpora, whatever the share."""
    data = Settings.read().data
    return None if data is None else measure_embedding(data / "chunking" / "corpora", minilm.folder())


def by_format(folder: Path, share: float) -> Mapping[str, object]:
    found: dict[str, object] = {}
    for kind in FORMATS:
        write_format(folder / kind, kind, share=share)
        found[kind] = measure(folder / kind)
        print(kind, found[kind], flush=True)
    return found


def of_large_documents(folder: Path, share: float) -> Mapping[str, object]:
    write_large_text(folder / "large", round(LARGE_TEXT * share))
    write_long_pdf(folder / "long", round(LONG_PDF * share))
    return {kind: measure(folder / kind) for kind in ("large", "long")}


PARTS: dict[str, Callable[[Path, float], Mapping[str, object] | None]] = {
    "with a model": with_a_model,
    "formats, no model": by_format,
    "large, no model": of_large_documents,
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--share", type=float, default=1.0, help="of the documents per format and of the large ones")
    options.add_argument(
        "--part", action="append", choices=PARTS, help="measure only this; what is known of others stays"
    )
    given = options.parse_args()
    known = json.loads((RESULTS / "ingestion.json").read_text(encoding="utf-8"))
    shares: dict[str, float] = known["share"]
    result: dict[str, object] = {part: known[part] for part in PARTS if part in known}
    for part in given.part or PARTS:
        with tempfile.TemporaryDirectory() as name:
            found = PARTS[part](Path(name), given.share)
        if found is not None:
            print(found, flush=True)
            result[part], shares[part] = found, given.share
    save("ingestion", {"share": shares, **result})


if __name__ == "__main__":
    main()
