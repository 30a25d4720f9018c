"""The parser process: reads jobs as JSON lines on stdin, answers with JSON lines on stdout.

A document is hostile until proven otherwise, so parsing happens here, under limits of time and memory, and the answer
is JSON: the parent never unpickles anything that this process wrote.
"""

import base64
import json
import os
import pickle
import re
import resource
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from kvasir.adapters.parsers.assembly import storable
from kvasir.adapters.parsers.registry import parser_for
from kvasir.errors import ExhaustedError, InvalidInputError, KvasirError
from kvasir.ports.reading import ParsedDocument, Splitter
from kvasir.text.instructions.detector import instructions
from kvasir.text.language import detect

_CHUNK = 1 << 20
_MOST_WARNINGS = 100
_LONGEST_WARNING = 500


def main() -> None:
    """Serves jobs until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library that prints must not break the protocol
    for line in sys.stdin:
        job = json.loads(line)
        _limit(job["seconds"], job["memory"])
        answers.write(json.dumps({**_answer(job), "peak": peak_memory()}) + "\n")
        answers.flush()


def _limit(seconds: float, memory: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, resource.RLIM_INFINITY))


def peak_memory() -> int:
    """Most bytes that this process ever held; 0 where the system does not say.

    Not ru_maxrss: that begins with the size of the parent.
    """
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) << 10 if found else 0


def _answer(job: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return {"document": read(job)}
    except MemoryError:
        return _failure(ExhaustedError(f"Reading needs more than {job['memory'] >> 20} MiB of memory."))
    except RecursionError:
        return _failure(ExhaustedError("The document is nested too deeply."))
    except KvasirError as error:
        return _failure(error)


def _failure(error: KvasirError) -> Mapping[str, Any]:
    return {"error": {"code": error.code, "message": error.message, "fix": getattr(error, "fix", None)}}


def read(job: Mapping[str, Any]) -> Mapping[str, Any]:
    """Parses and splits one file; leaves `text` and `drafts` in the job's folder and returns the header."""
    splitter: Splitter = pickle.loads(base64.b64decode(job["splitter"]))  # noqa: S301 - from the parent, never the file
    parse, original = parser_for(job["media_type"], job["path"]), Path(job["original"])
    if not original.stat().st_size:
        raise InvalidInputError("The document is empty.", fix="remove it, or send it again")
    document = parse(original.read_bytes())  # no name keeps the bytes beside the text
    if not document.text or document.text.isspace():
        raise InvalidInputError("The document has no text.", fix="turn on OCR for scanned pages, or remove it")
    language = detect(document.text)
    folder = Path(job["folder"])
    with (folder / "text").open("w", encoding="utf-8", newline="") as file:
        for start in range(0, len(document.text), _CHUNK):
            file.write(document.text[start : start + _CHUNK])
    with (folder / "drafts").open("w", encoding="utf-8") as file:
        count = _write_drafts(document, splitter, language, file)
    return {
        "title": storable(document.title[:512]),
        "language": language,
        "attributes": dict(document.attributes),
        "access": None if document.access is None else sorted(document.access),
        "warnings": [storable(warning)[:_LONGEST_WARNING] for warning in document.warnings[:_MOST_WARNINGS]],
        "passages": count,
    }


def _write_drafts(document: ParsedDocument, splitter: Splitter, language: str, file: TextIO) -> int:
    count = 0
    for piece in splitter(document):
        text = document.text[piece.start : piece.end]
        draft = {
            "text": text,
            "start": piece.start,
            "end": piece.end,
            "prefix": piece.prefix,
            "pages": pages_of(document.pages, piece.start, piece.end),
            "language": language,
            "instructions": [
                (piece.start + start, piece.start + end, score) for start, end, score in instructions(text)
            ],
        }
        file.write(json.dumps(draft) + "\n")
        count += 1
    return count


def pages_of(pages: Sequence[tuple[int, int]], start: int, end: int) -> Sequence[tuple[int, int]]:
    """The pages that a stretch touches: the last that begins at or before it, and all that begin inside."""
    first = max(0, bisect_right(pages, start, key=lambda page: page[0]) - 1)
    last = bisect_left(pages, end, key=lambda page: page[0])
    return pages[first : max(last, first + 1)] if pages and pages[first][0] < end else []


if __name__ == "__main__":
    main()
