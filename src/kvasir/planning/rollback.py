"""Rollback: which generation a knowledge base goes back to."""

from collections.abc import Sequence

from kvasir.errors import ConflictError
from kvasir.ports.documents import Generation


def generation_before(knowledge_base: str, generations: Sequence[Generation]) -> int:
    """The kept generation before the one that answers. ConflictError naming those that exist where there is none."""
    kept = sorted(one.number for one in generations if one.revision)
    serving = next((one.number for one in generations if one.active), None)
    if serving is None:
        raise ConflictError(f"Knowledge base {knowledge_base!r} has no generation that answers yet.")
    earlier = [number for number in kept if number < serving]
    if earlier:
        return earlier[-1]
    others = ", ".join(str(number) for number in kept if number != serving)
    fix = f"Later ones are kept: {others}. To serve one, pin it with `pinnedGeneration`, or remove the pin."
    raise ConflictError(
        f"Knowledge base {knowledge_base!r} keeps no generation before {serving}, which answers. "
        + (fix if others else "It is the only one.")
    )
