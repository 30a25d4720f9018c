"""`python -m benchmarks.ingestion`: documents and mebibytes per second by format, memory, and the share of the embedder's rate.

Embedded stores and one parser process. The peak is the proportional set size of the whole process tree.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks import minilm
from benchmarks.ingestion.corpora import FORMATS, write_format, write_large_text, write_long_pdf
from benchmarks.ingestion.embedding import measure_embedding
from benchmarks.ingestion.measure import measure
from benchmarks.report import save
from kvasir.settings import Settings

LARGE_TEXT = 200 << 20
LONG_PDF = 2000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--share", type=float, default=1.0, help="of the documents per format and of the large ones")
    given = options.parse_args()
    data = Settings.read().data
    result: dict[str, object] = {"share": given.share}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if data is not None:
            result["with a model"] = measure_embedding(data / "chunking" / "corpora", minilm.folder())
            print(result["with a model"], flush=True)
        formats: dict[str, object] = {}
        for kind in FORMATS:
            write_format(folder / kind, kind, share=given.share)
            formats[kind] = measure(folder / kind)
            print(kind, formats[kind], flush=True)
        result["formats, no model"] = formats
        write_large_text(folder / "large", round(LARGE_TEXT * given.share))
        write_long_pdf(folder / "long", round(LONG_PDF * given.share))
        result["large, no model"] = {kind: measure(folder / kind) for kind in ("large", "long")}
        save("ingestion", result)


if __name__ == "__main__":
    main()
