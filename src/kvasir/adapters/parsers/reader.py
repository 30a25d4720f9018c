"""The parent's side of the parser processes: a small pool, limits per document, a fresh process after any harm."""

import asyncio
import base64
import json
import os
import pickle
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from kvasir.adapters.parsers.registry import REVISION
from kvasir.errors import DeadlineExceededError, ExhaustedError, InvalidInputError, KvasirError, UnsupportedError
from kvasir.ports.deadline import Deadline
from kvasir.ports.reading import PassageDraft, ReadDocument, Splitter
from kvasir.text.instructions.instruction import Instruction

_ERRORS: Final[Mapping[str, type[KvasirError]]] = {
    error.code: error for error in (ExhaustedError, InvalidInputError, UnsupportedError)
}
_ANSWER_LIMIT: Final = 1 << 20
_JOBS_PER_PROCESS: Final = 200
"""Parsers written in C leak; a process is replaced before that shows."""
_LAST_WORDS: Final = 2000


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """Per document.

    Attributes:
        seconds: wall and CPU time of a small document.
        seconds_per_mebibyte: what a large one may take besides: splitting needs 0.3 s for a mebibyte, the search for orders
            to a model 0.3 s, or 2 s where every sentence looks like one.
        memory: bytes that the process may allocate. A text needs its size twice, four times that with characters
            beyond the basic plane.
    """

    seconds: float = 120
    seconds_per_mebibyte: float = 2
    memory: int = 768 << 20

    def seconds_for(self, size: int) -> float:
        """Of a document of so many bytes."""
        return self.seconds + self.seconds_per_mebibyte * (size >> 20)


class SandboxedReader:
    """Implements `ports.reading.DocumentReader` with spawned processes."""

    fingerprint = f"parsers/{REVISION}"

    def __init__(self, folder: Path, *, processes: int = 1, limits: ReadingLimits | None = None) -> None:
        self._folder = folder
        self._limits = limits or ReadingLimits()
        self._free: list[_Process] = []
        self._slots = asyncio.Semaphore(processes)

    @asynccontextmanager
    async def read(
        self, original: Path, media_type: str, path: str, splitter: Splitter, deadline: Deadline
    ) -> AsyncGenerator[ReadDocument]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            folder = Path(name)
            job = {
                "original": str(original),
                "media_type": media_type,
                "path": path,
                "splitter": base64.b64encode(pickle.dumps(splitter)).decode(),
                "folder": str(folder),
                "seconds": self._limits.seconds_for((await asyncio.to_thread(original.stat)).st_size),
                "memory": self._limits.memory,
            }
            async with self._slots:
                header = await self._run(job, deadline)
            yield read_document(header, folder)

    async def close(self) -> None:
        while self._free:
            await self._free.pop().stop()

    async def _run(self, job: Mapping[str, Any], deadline: Deadline) -> Mapping[str, Any]:
        process = self._free.pop() if self._free else await _Process.start()
        healthy = False
        try:
            answer = await self._ask(process, job, deadline)
            # What a large document took is not given back; half the limit has to be there for the next one.
            healthy = process.jobs < _JOBS_PER_PROCESS and answer["peak"] <= self._limits.memory // 2
        finally:
            if healthy:
                self._free.append(process)
            else:
                await process.stop()
        if failure := answer.get("error"):
            error = _ERRORS.get(failure["code"], InvalidInputError)
            if issubclass(error, InvalidInputError):
                raise error(failure["message"], fix=failure["fix"])
            raise error(failure["message"])
        return answer["document"]

    async def _ask(self, process: "_Process", job: Mapping[str, Any], deadline: Deadline) -> Mapping[str, Any]:
        seconds = min(job["seconds"], deadline.remaining())
        try:
            async with asyncio.timeout(seconds):
                line = await process.ask(job)
        except TimeoutError as error:
            if seconds < job["seconds"]:
                raise DeadlineExceededError(f"The deadline passed while reading {job['path']}.") from error
            raise ExhaustedError(f"Reading takes longer than {job['seconds']:g} s.") from error
        if not line.endswith(b"\n"):
            raise await process.autopsy()
        return json.loads(line)


class _Process:
    """One parser process and its pipes."""

    def __init__(self, process: asyncio.subprocess.Process, errors: IO[bytes]) -> None:
        self._process = process
        self._errors = errors
        self.jobs = 0

    @classmethod
    async def start(cls) -> "_Process":
        with ExitStack() as undo:
            errors = undo.enter_context(tempfile.TemporaryFile())
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "kvasir.adapters.parsers.worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                limit=_ANSWER_LIMIT,
            )
            undo.pop_all()  # from here on `stop` closes the file
            return cls(process, errors)

    async def ask(self, job: Mapping[str, Any]) -> bytes:
        """The answer's line; empty when the process died."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 - both are pipes, see start
        assert stdout is not None  # noqa: S101
        self.jobs += 1
        stdin.write(json.dumps(job).encode() + b"\n")
        try:
            await stdin.drain()
        except ConnectionError:
            return b""
        try:
            return await stdout.readline()
        except ValueError:  # longer than any answer: whatever this process has become, it is no parser
            self._process.kill()
            return b""

    async def autopsy(self) -> KvasirError:
        """Why the process ended: killed for what it used, or an error that no parser foresaw."""
        await self._process.wait()
        status = self._process.returncode or 0
        if status < 0:
            name = signal.Signals(-status).name if -status in set(signal.Signals) else str(-status)
            return ExhaustedError(f"The parser process was ended by {name}: out of its memory or time limit.")
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - _LAST_WORDS))
        words = self._errors.read().decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
        if words.startswith("MemoryError"):
            return ExhaustedError("Reading needs more memory than is allowed.")
        return InvalidInputError(f"The parser cannot cope with the document ({words}).", fix="convert it and report it")

    async def stop(self) -> int:
        """Ends the process at once; its exit status, negative for a signal."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        # communicate() also closes the pipes, which wait() leaves to the garbage collector.
        await self._process.communicate()
        self._errors.close()
        return await self._process.wait()


@dataclass(frozen=True, slots=True)
class _Drafts:
    file: Path

    def __iter__(self) -> Iterator[PassageDraft]:
        with self.file.open(encoding="utf-8") as lines:
            for line in lines:
                values = json.loads(line)
                values["pages"] = tuple((start, page) for start, page in values["pages"])
                values["instructions"] = tuple(Instruction(*one) for one in values["instructions"])
                yield PassageDraft(**values)


def read_document(header: Mapping[str, Any], folder: Path) -> ReadDocument:
    """What a worker left in its folder."""
    access = header["access"]
    return ReadDocument(
        title=header["title"],
        language=header["language"],
        attributes=header["attributes"],
        access=None if access is None else frozenset(access),
        warnings=tuple(header["warnings"]),
        passages=header["passages"],
        text=folder / "text",
        drafts=_Drafts(folder / "drafts"),
    )
