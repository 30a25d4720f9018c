"""What opening costs: `python -m benchmarks.scale.opened FOLDER REVISION` in a process of its own; prints JSON."""

import json
import re
import sys
import time
from pathlib import Path

from benchmarks.scale.store import BASE, READER
from kvasir.adapters.embedded.segments import Segment
from kvasir.adapters.embedded.segments_manifest import read_manifest
from kvasir.adapters.embedded.segments_snapshot import OpenSnapshot
from kvasir.ports.passages import PassageQuery


def anonymous_mb() -> float:
    """Memory that is this process's own: mapped files are shared with all that map them."""
    found = re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
    return int(found[1]) / 1e3 if found else 0.0


def main() -> None:
    folder, revision = Path(sys.argv[1]), int(sys.argv[2])
    generation = folder / READER.tenant / BASE / "1"
    memory, cpu = anonymous_mb(), time.process_time()
    manifest = read_manifest(generation, revision)
    read = time.process_time()
    opened = OpenSnapshot(manifest, [Segment.open(generation / name) for name in manifest.segments])
    done = time.process_time()
    after = anonymous_mb()
    for question in ("Who was the first director?", "What is a locale and how is it changed?"):
        opened.search(READER, PassageQuery(question))
    print(
        json.dumps(
            {
                "open_cpu_s": done - cpu,
                "manifest_cpu_s": read - cpu,
                "own_memory_mb": after - memory,
                "own_memory_mb_after_two_questions": anonymous_mb() - memory,
            }
        )
    )


if __name__ == "__main__":
    main()
