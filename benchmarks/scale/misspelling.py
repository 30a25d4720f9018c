"""Questions as people type them."""

import random
from collections.abc import Sequence


def misspelt(asked: Sequence[tuple[str, str]], *, every: int = 4, seed: int = 2026) -> list[tuple[str, str]]:
    """Every so many-th question with two typos, and its target."""
    generator = random.Random(seed)
    return [(_wrong(text, generator), target) for text, target in asked[::every]]


def _wrong(text: str, generator: random.Random) -> str:
    """Two long words with two letters swapped or one left out."""
    words = text.split()
    for _ in range(2):
        places = [place for place, word in enumerate(words) if len(word) > 5]
        if places:
            place = generator.choice(places)
            word, at = words[place], generator.randrange(1, len(words[place]) - 2)
            swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            words[place] = swapped if generator.random() < 0.5 else word[:at] + word[at + 1 :]
    return " ".join(words)
