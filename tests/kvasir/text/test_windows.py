from hypothesis import given
from hypothesis import strategies as st

from kvasir.text.windows import length_windows, token_windows


@given(st.text(min_size=1, max_size=400), st.integers(1, 60))
def test_windows_by_length_cover_everything_in_order(text: str, limit: int) -> None:
    windows = length_windows(text, limit)
    assert all(len(window) <= limit for window in windows)
    assert windows[0] == text[:limit]
    assert text.endswith(windows[-1])
    step = max(1, limit - int(limit * 0.1))
    assert all(window == text[n * step : n * step + limit] for n, window in enumerate(windows))


@given(st.lists(st.text("ab", min_size=1, max_size=5), min_size=1, max_size=80), st.integers(1, 30))
def test_windows_by_token_cover_every_token(tokens: list[str], limit: int) -> None:
    text = " ".join(tokens)
    offsets: list[tuple[int, int]] = []
    for token in tokens:
        start = offsets[-1][1] + 1 if offsets else 0
        offsets.append((start, start + len(token)))
    windows = list(token_windows(text, offsets, limit))
    assert all(len(window.split()) <= limit for window in windows)
    if len(tokens) > limit:
        assert text.startswith(windows[0])
        assert text.endswith(windows[-1])
    else:
        assert windows == [text]
