"""What sealing holds in memory does not grow with what is sealed (figures: `benchmarks/ingestion`)."""

import json
import subprocess
import sys
from pathlib import Path

WORK = """
import json, random, sys
from pathlib import Path
from kvasir.adapters.embedded.segments_folder import GenerationFolder
from kvasir.adapters.parsers.worker import peak_memory
from kvasir.testing.passages import live_of, passages_of
from kvasir.text.lexical import pieces, writer

writer.SLICE_TOKENS, writer.MOST_TOKENS, pieces.PIECE = 60_000, 20_000, 20_000
rng = random.Random(7)
words = [f"word{number}" for number in range(3000)]
folder = GenerationFolder(Path(sys.argv[1]))
live = []
for number in range(int(sys.argv[2])):
    document = passages_of(f"d{number}", *(" ".join(rng.choices(words, k=150)) for _ in range(100)))
    folder.stage(document)
    live.append(live_of(document))
    if number == 0:
        # Whatever is loaded once is loaded now.
        folder.seal(1, live)
before = peak_memory()
folder.seal(2, live)
print(json.dumps({"before": before, "after": peak_memory()}))
"""
MEBIBYTE = 1 << 20


def grown(folder: Path, documents: int) -> float:
    """Mebibytes that the process needs beyond what it needed before sealing so many documents of 100 passages."""
    done = subprocess.run(
        [sys.executable, "-c", WORK, str(folder), str(documents)], capture_output=True, text=True, check=True
    )
    peaks = json.loads(done.stdout)
    return (peaks["after"] - peaks["before"]) / MEBIBYTE


def test_memory_does_not_grow_with_the_passages(tmp_path: Path) -> None:
    """Sealed whole, the 600,000 words of the larger one took 74 MiB and those of the smaller one 6; in slices 12 and 4."""
    small, large = grown(tmp_path / "small", 8), grown(tmp_path / "large", 40)
    assert large < 48
    assert large - small < 24
