"""Removals: what vanished from complete listings, and when a run has to stop and ask."""

from collections.abc import Collection, Sequence

from kvasir.errors import KvasirError
from kvasir.ingestion.sync import SyncReport, known_documents
from kvasir.ingestion.workbench import Workbench


class MassDeletionError(KvasirError):
    """A run would remove so much that an unmounted volume or a failed sitemap is the likelier cause."""

    code = "mass_deletion"


async def remove_vanished(
    bench: Workbench, reports: Sequence[SyncReport], sources: Collection[str], *, confirmed: bool
) -> int:
    """Removes documents that complete listings no longer hold, and those of sources that the resource dropped.

    Returns how many. Raises MassDeletionError, having removed nothing, when it would be over the limits; documents of
    dropped sources do not count, for their removal was declared.
    """
    known = await known_documents(bench)
    missing = {document for report in reports for document in report.missing}
    limits = bench.limits
    if not confirmed and len(missing) > limits.removal_count and len(missing) > limits.removal_share * len(known):
        raise MassDeletionError(
            f"This run would remove {len(missing)} of {len(known)} documents, which no longer stand in "
            f"{', '.join(sorted(report.source for report in reports if report.missing))}."
        )
    dropped = {document.id for document in known.values() if document.source not in sources}
    gone = missing | dropped
    if gone:
        await bench.stores.documents.remove(bench.principal, bench.knowledge_base, sorted(gone), bench.deadline)
        bench.progress.add("removed", len(gone))
    return len(gone)
