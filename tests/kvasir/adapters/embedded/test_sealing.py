"""Sealing in slices: what it holds in memory (figures: `benchmarks/ingestion`), and what a kill leaves behind."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

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


KILLED = """
import os, signal, sys
from pathlib import Path
from kvasir.adapters.embedded.segments_folder import GenerationFolder
from kvasir.testing.passages import live_of, passages_of
from kvasir.text.lexical import segment, writer

writer.SLICE_TOKENS = 30
folder = GenerationFolder(Path(sys.argv[1]))
documents = [passages_of(f"d{number}", *(f"words of row {row}" for row in range(4))) for number in range(6)]
if not list(Path(sys.argv[1]).glob("*.stage")):
    for document in documents:
        folder.stage(document)
left, write = int(sys.argv[2]), segment.write_arrays

def write_or_die(*arguments):
    global left
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    write(*arguments)

segment.write_arrays = write_or_die
folder.seal(1, [live_of(document) for document in documents])
folder.purge(1)
"""
NEVER = -1


def sealed(folder: Path, dies_at: int) -> int:
    """The exit status of a process that seals, and dies before it writes so many files of lexical segments."""
    return subprocess.run([sys.executable, "-c", KILLED, str(folder), str(dies_at)], check=False).returncode


@pytest.mark.crash
@pytest.mark.parametrize("dies_at", [0, 1, 3])
def test_a_seal_that_is_killed_between_slices_begins_again(tmp_path: Path, dies_at: int) -> None:
    """Six documents of 28 tokens make three slices; the fourth file is what these are merged into."""
    assert sealed(tmp_path / "once", NEVER) == 0
    assert sealed(tmp_path / "killed", dies_at) == -signal.SIGKILL
    assert list((tmp_path / "killed").glob(".new-segment-*"))
    assert not list((tmp_path / "killed").glob("revision-*"))
    assert sealed(tmp_path / "killed", NEVER) == 0
    assert not list((tmp_path / "killed").glob(".new-*"))
    once, again = (next((tmp_path / name).glob("segment-*")) for name in ("once", "killed"))
    assert {path.name for path in once.iterdir()} == {path.name for path in again.iterdir()}
    for path in once.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()
