"""The last steps of a run: seal what the ledger says, verify it, commit, and clean up behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kvasir.errors import KvasirError
from kvasir.ingestion.progress import Step
from kvasir.ingestion.sync import known_documents
from kvasir.ingestion.workbench import Workbench, documents_prefix
from kvasir.ports.documents import Generation, GenerationState, LiveDocument, Snapshot

_TOLD: Final = 5
"""Failed checks that are told in full."""


class VerificationFailedError(KvasirError):
    """The sealed index does not answer as it must; nothing was published."""

    code = "verification_failed"


@dataclass(frozen=True, slots=True)
class Published:
    """A generation after the last step. `changed` says whether a new revision was committed."""

    snapshot: Snapshot
    changed: bool


async def publish(bench: Workbench, generation: Generation, *, activate: bool) -> Published:
    """Makes the ledger's candidates live in one commit; does nothing when they are live already.

    Raises VerificationFailedError, and ConflictError when another runner committed in the meantime.
    """
    stores, principal, name = bench.stores, bench.principal, bench.knowledge_base
    wanted = await stores.generations.candidates(principal, name, generation.number, bench.deadline)
    now = Snapshot(name, generation.number, generation.revision)
    if generation.state is GenerationState.READY and await _is_live(bench, now, wanted):
        if activate and not generation.active:
            now = await stores.generations.activate(principal, name, generation.number, bench.deadline)
        return Published(now, changed=False)
    following = Snapshot(name, generation.number, generation.revision + 1)
    bench.progress.enter(Step.SEALING)
    size = sum(one.passages for one in wanted)
    await stores.passages.seal(principal, following, wanted, bench.sealing_deadline(size))
    if generation.state is GenerationState.BUILDING:
        # Only a switch is gated: a removal must reach the generation in use whatever the golden questions say.
        bench.progress.enter(Step.VERIFYING)
        if failures := await bench.verify(following):
            raise VerificationFailedError(f"{len(failures)} checks failed: {' '.join(failures[:_TOLD])}")
    bench.progress.enter(Step.PUBLISHING)
    snapshot = await stores.generations.publish(
        principal,
        name,
        generation.number,
        expected_revision=generation.revision,
        live=wanted,
        activate=activate,
        deadline=bench.deadline,
    )
    return Published(snapshot, changed=True)


async def _is_live(bench: Workbench, snapshot: Snapshot, wanted: Sequence[LiveDocument]) -> bool:
    live = await bench.stores.generations.live(bench.principal, snapshot, bench.deadline)
    return list(live) == list(wanted)


async def clean(bench: Workbench) -> None:
    """Deletes what no kept generation needs: superseded revisions, passages and blobs of removed documents."""
    generations = await bench.stores.generations.list(bench.principal, bench.knowledge_base, bench.deadline)
    keep = {generation.number: generation.revision for generation in generations}
    await bench.stores.passages.purge(bench.principal, bench.knowledge_base, keep, bench.deadline)
    await _sweep_blobs(bench, {f"text-{number}" for number in keep} | {"original"})


async def _sweep_blobs(bench: Workbench, names: set[str]) -> None:
    current = {document.id: document.version for document in (await known_documents(bench)).values()}
    prefix = documents_prefix(bench.knowledge_base)
    after: str | None = None
    while True:
        page = await bench.stores.blobs.list(bench.principal, prefix, bench.deadline, after=after)
        for blob in page.items:
            document, version, name = blob.key.removeprefix(prefix).split("/")
            if current.get(document) != version or name not in names:
                await bench.stores.blobs.delete(bench.principal, blob.key, bench.deadline)
        after = page.after
        if after is None:
            return
