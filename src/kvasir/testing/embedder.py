"""What every embedding model must do: inherit `EmbedderSuite` and give it a model."""

import asyncio

import numpy as np
import pytest

from kvasir.errors import DeadlineExceededError
from kvasir.ports.deadline import Deadline
from kvasir.ports.embedder import Embedder
from kvasir.testing.builders import passed


def soon() -> Deadline:
    """Models load slowly on a busy machine."""
    return Deadline.after(200)


class EmbedderSuite:
    """Behaviour of `ports.embedder.Embedder`."""

    @pytest.fixture
    def embedder(self) -> Embedder:
        raise NotImplementedError

    async def test_vectors_have_the_declared_shape_and_unit_length(self, embedder: Embedder) -> None:
        spec = await embedder.spec(soon())
        vectors = await embedder.embed_documents(["one", "two words", "", "数据库"], soon())
        assert vectors.shape == (4, spec.dimensions)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)
        assert (await embedder.embed_query("one", soon())).shape == (spec.dimensions,)

    async def test_no_texts_give_no_vectors(self, embedder: Embedder) -> None:
        spec = await embedder.spec(soon())
        assert (await embedder.embed_documents([], soon())).shape == (0, spec.dimensions)

    async def test_a_text_gets_the_same_vector_in_any_company(self, embedder: Embedder) -> None:
        alone = await embedder.embed_documents(["the same text"], soon())
        texts = ["the same text", "a much longer text " * 40, "x"]
        together = await embedder.embed_documents(texts, soon())
        assert float(alone[0] @ together[0]) > 0.999

    async def test_concurrent_calls_get_their_own_vectors(self, embedder: Embedder) -> None:
        texts = [f"text number {n}" for n in range(8)]
        expected = await embedder.embed_documents(texts, soon())
        found = await asyncio.gather(*(embedder.embed_query(text, soon()) for text in texts))
        for one, other in zip(found, expected, strict=True):
            assert float(one @ other) > 0.999

    async def test_windows_cover_a_long_text(self, embedder: Embedder) -> None:
        assert list(embedder.windows("short")) == ["short"]
        text = " ".join(f"word{n}" for n in range(9_000))
        windows = list(embedder.windows(text))
        assert len(windows) > 1
        assert all(window in text for window in windows)
        assert text.startswith(windows[0])
        assert text.endswith(windows[-1])
        reached = 0
        for window in windows:
            start = text.index(window)
            assert start <= reached
            reached = max(reached, start + len(window))
        assert reached == len(text)

    async def test_windows_are_cut_while_others_are_embedded(self, embedder: Embedder) -> None:
        """One tokenizer for both would be told to pad and not to pad at the same time."""
        texts = ["A short one.", "One that is a good deal longer than the other, so that it is padded."]
        alone = await embedder.embed_documents(texts, soon())
        long = "Words upon words. " * 120
        windows = embedder.windows(long)
        for _ in range(10):
            embedding = asyncio.create_task(embedder.embed_documents(texts, soon()))
            while not embedding.done():
                assert embedder.windows(long) == windows
                await asyncio.sleep(0.001)
            assert np.array_equal(embedding.result(), alone)

    async def test_the_fingerprint_is_stable(self, embedder: Embedder) -> None:
        assert (await embedder.spec(soon())).fingerprint == (await embedder.spec(soon())).fingerprint != ""

    async def test_a_passed_deadline_is_said(self, embedder: Embedder) -> None:
        await embedder.spec(soon())
        with pytest.raises(DeadlineExceededError):
            await embedder.embed_documents(["late"], passed())
