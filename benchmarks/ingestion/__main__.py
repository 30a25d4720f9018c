"""Writes `benchmarks/results/ingestion.json`."""

import argparse
import json
import os
import platform
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.ingestion.corpora import FORMATS, write_format, write_large_text, write_long_pdf
from benchmarks.ingestion.measure import measure

RESULT = Path(__file__).parents[1] / "results" / "ingestion.json"
LARGE_TEXT = 200 << 20
LONG_PDF = 2000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--share", type=float, default=1.0, help="of the documents per format and of the large ones")
    options.add_argument("--output", type=Path, default=RESULT)
    given = options.parse_args()
    result: dict[str, object] = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processors": os.cpu_count(), "platform": platform.platform(), "python": platform.python_version()},
        "note": "embedded stores, no embedding model, one parser process; peak is the process tree's PSS",
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        formats: dict[str, object] = {}
        for kind in FORMATS:
            write_format(folder / kind, kind, share=given.share)
            formats[kind] = measure(folder / kind)
            print(kind, formats[kind], flush=True)
        result["formats"] = formats
        write_large_text(folder / "large", round(LARGE_TEXT * given.share))
        write_long_pdf(folder / "long", round(LONG_PDF * given.share))
        result["large"] = {kind: measure(folder / kind) for kind in ("large", "long")}
        print(result["large"], flush=True)
    given.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
