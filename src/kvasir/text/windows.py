"""Windows: a text cut into pieces that a model takes whole."""

from collections.abc import Sequence
from typing import Final

_OVERLAP: Final = 0.1
"""Share of a window that the next one repeats, so that nothing is cut from its context."""


def token_windows(text: str, offsets: Sequence[tuple[int, int]], limit: int) -> Sequence[str]:
    """Pieces of at most `limit` tokens.

    Args:
        text: the whole text.
        offsets: (start, end) in code points of each token of the text, special tokens left out.
        limit: tokens that fit into the model besides its special tokens.
    """
    if len(offsets) <= limit:
        return [text]
    step = max(1, limit - int(limit * _OVERLAP))
    starts = range(0, max(1, len(offsets) - int(limit * _OVERLAP)), step)
    return [text[offsets[first][0] : offsets[min(first + limit, len(offsets)) - 1][1]] for first in starts]


def length_windows(text: str, limit: int) -> Sequence[str]:
    """Pieces of at most `limit` code points, for models whose tokenizer is not known."""
    if len(text) <= limit:
        return [text]
    step = max(1, limit - int(limit * _OVERLAP))
    starts = range(0, max(1, len(text) - int(limit * _OVERLAP)), step)
    return [text[start : start + limit] for start in starts]
