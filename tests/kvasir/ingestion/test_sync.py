"""Sources into the ledger, and what a run makes of it."""

import pytest

from kvasir.errors import (
    ExhaustedError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
)
from kvasir.ingestion.workbench import IngestionLimits
from kvasir.ports.documents import IndexState, RunState
from kvasir.testing.builders import member
from kvasir.testing.ingestion import Bench, ScriptedSource


async def test_documents_become_passages(bench: Bench) -> None:
    bench.source.content = {"a.md": b"# A\n\nOne.", "b.txt": b"Two."}
    report = await bench.run()
    assert report.run.state is RunState.SUCCEEDED
    assert report.run.counts == {"listed": 2, "fetched": 2, "indexed": 2, "passages": 2, "written": 2}
    assert await bench.texts() == {"a.md": "# A\n\nOne.", "b.txt": "Two."}
    assert report.snapshot == await bench.head()
    assert str(report.snapshot) == "handbook@1.1"


async def test_an_empty_source_is_published_as_such(bench: Bench) -> None:
    report = await bench.run()
    assert report.run.state is RunState.SUCCEEDED
    assert await bench.texts() == {}


class TestChanges:
    async def test_nothing_changed(self, bench: Bench) -> None:
        bench.source.content = {"a.md": b"One.", "b.md": b"Two."}
        first = await bench.run()
        bench.source.fetched.clear()
        again = await bench.run()
        assert again.snapshot == first.snapshot
        assert again.run.counts == {"listed": 2, "unchanged": 2}
        assert bench.source.fetched == []

    async def test_without_validators_equal_content_is_unchanged(self, bench: Bench) -> None:
        bench.source = ScriptedSource(content={"a.md": b"One."}, without_validators=True)
        first = await bench.run()
        again = await bench.run()
        assert again.snapshot == first.snapshot
        assert again.run.counts == {"listed": 1, "unchanged": 1}
        assert bench.source.fetched == ["a.md", "a.md"]

    async def test_a_change_replaces_the_document_alone(self, bench: Bench) -> None:
        bench.source.content = {"a.md": b"One.", "b.md": b"Two."}
        await bench.run()
        bench.source.content["a.md"] = b"Other."
        report = await bench.run()
        assert (report.run.counts["fetched"], report.run.counts["indexed"]) == (1, 1)
        assert await bench.texts() == {"a.md": "Other.", "b.md": "Two."}

    async def test_a_snapshot_that_is_pinned_sees_no_change(self, bench: Bench) -> None:
        bench.source.content = {"a.md": b"One."}
        before = (await bench.run()).snapshot
        texts = await bench.texts(before)
        bench.source.content["a.md"] = b"Other."
        await bench.run()
        assert texts == {"a.md": "One."}
        assert await bench.texts() == {"a.md": "Other."}

    async def test_what_vanished_is_removed(self, bench: Bench) -> None:
        bench.source.content = {"a.md": b"One.", "b.md": b"Two."}
        await bench.run()
        del bench.source.content["a.md"]
        report = await bench.run()
        assert report.run.counts["removed"] == 1
        assert await bench.texts() == {"b.md": "Two."}

    async def test_a_document_that_comes_back(self, bench: Bench) -> None:
        for content in ({"a.md": b"One."}, {}, {"a.md": b"One."}):
            bench.source.content = dict(content)
            await bench.run()
        assert await bench.texts() == {"a.md": "One."}

    async def test_one_that_vanishes_between_listing_and_fetching(self, bench: Bench) -> None:
        bench.source.content = {"a.md": b"One.", "b.md": b"Two."}
        await bench.run()
        bench.source.content["a.md"] = NotFoundError("a.md is gone.")
        report = await bench.run()
        assert report.run.state is RunState.SUCCEEDED
        assert await bench.texts() == {"b.md": "Two."}

    async def test_a_source_that_the_resource_dropped(self, bench: Bench) -> None:
        other = ScriptedSource("other", {f"{number}.md": b"x" for number in range(40)})
        bench.source.content = {"a.md": b"One."}
        await bench.run([bench.source, other])
        report = await bench.run([bench.source])
        assert report.run.state is RunState.SUCCEEDED
        assert await bench.texts() == {"a.md": "One."}

    async def test_equal_paths_in_two_sources_are_two_documents(self, bench: Bench) -> None:
        bench.source.content = {"a.md": b"One."}
        await bench.run([bench.source, ScriptedSource("other", {"a.md": b"Two."})])
        assert sorted(one.passage.text for one in await bench.passages()) == ["One.", "Two."]


class TestTrouble:
    async def test_an_incomplete_listing_removes_nothing(self, bench: Bench) -> None:
        bench.source.content = {"a.md": b"One.", "b.md": b"Two."}
        await bench.run()
        bench.source.content = {"c.md": b"Three."}
        bench.source.fails = UnavailableError("The volume is not mounted.")
        report = await bench.run()
        assert (report.run.state, report.run.reason) == (RunState.FAILED, "SourceFailed")
        assert report.run.message == "Source files: The volume is not mounted."
        assert await bench.texts() == {"a.md": "One.", "b.md": "Two.", "c.md": "Three."}

    async def test_one_broken_source_does_not_stop_the_others(self, bench: Bench) -> None:
        bench.source.fails = PermissionDeniedError("No.")
        report = await bench.run([bench.source, ScriptedSource("other", {"a.md": b"Two."})])
        assert report.run.state is RunState.FAILED
        assert await bench.texts() == {"a.md": "Two."}

    async def test_a_first_run_without_any_source_publishes_nothing(self, bench: Bench) -> None:
        bench.source.fails = UnavailableError("The site does not answer.")
        report = await bench.run()
        assert (report.run.state, report.run.reason) == (RunState.FAILED, "SourceFailed")
        assert report.snapshot is None
        bench.source.fails = None
        bench.source.content = {"a.md": b"One."}
        assert (await bench.run()).run.state is RunState.SUCCEEDED
        assert await bench.texts() == {"a.md": "One."}

    @pytest.mark.parametrize("error", [UnavailableError("later"), PermissionDeniedError("no more")])
    async def test_an_item_that_cannot_be_fetched_now_keeps_its_version(
        self, bench: Bench, error: UnavailableError
    ) -> None:
        bench.source.content = {"a.md": b"One.", "b.md": b"Two."}
        await bench.run()
        bench.source.content |= {"a.md": error, "c.md": b"Three."}
        report = await bench.run()
        assert (report.run.state, report.run.counts["unreachable"]) == (RunState.FAILED, 1)
        assert await bench.texts() == {"a.md": "One.", "b.md": "Two.", "c.md": "Three."}
        bench.source.content["a.md"] = b"Newer."
        assert (await bench.run()).run.state is RunState.SUCCEEDED
        assert (await bench.texts())["a.md"] == "Newer."

    @pytest.mark.parametrize("error", [ExhaustedError("a.md is larger than 5 bytes."), InvalidInputError("No.")])
    async def test_an_item_that_can_never_be_fetched_is_quarantined(self, bench: Bench, error: ExhaustedError) -> None:
        bench.source.content = {"a.md": error, "b.md": b"Two."}
        report = await bench.run()
        assert report.run.state is RunState.SUCCEEDED
        outcome = (await bench.documents(1))["a.md"].outcome
        assert outcome is not None
        assert outcome.state is IndexState.QUARANTINED
        assert outcome.reason in {"Exhausted", "InvalidInput"}
        bench.source.content["a.md"] = b"One."
        await bench.run()
        assert await bench.texts() == {"a.md": "One.", "b.md": "Two."}

    async def test_a_rejected_item_is_tried_again_with_every_run(self, bench: Bench) -> None:
        """What the source refused under one limit, it may deliver under another, with the same validators."""
        bench.source.content = {"a.md": b"0123456789"}
        bench.limits = IngestionLimits(document_bytes=5)
        await bench.run()
        assert await bench.texts() == {}
        bench.limits = IngestionLimits()
        await bench.run()
        assert await bench.texts() == {"a.md": "0123456789"}

    async def test_content_in_pieces_is_limited_too(self, bench: Bench) -> None:
        class InPieces(ScriptedSource):
            async def fetch(self, item, deadline):  # noqa: ANN001, ANN202
                fetched = await super().fetch(item, deadline)

                async def pieces():  # noqa: ANN202
                    for at in range(0, len(fetched.content), 100):
                        yield fetched.content[at : at + 100]

                return type(fetched)(item, pieces())

        source = InPieces(content={"small.md": b"Small. " * 20, "big.md": b"x" * 1000})
        bench.limits = IngestionLimits(document_bytes=500)
        await bench.run([source])
        assert set(await bench.texts()) == {"small.md"}
        assert not any(bench.scratch.iterdir())

    async def test_a_bug_is_not_swallowed(self, bench: Bench) -> None:
        bench.source.content = {"a.md": b"One."}
        bench.progress.listen = lambda progress: 1 / (0 if progress.counts["listed"] else 1)
        with pytest.raises(ExceptionGroup) as caught:
            await bench.run()
        assert caught.group_contains(ZeroDivisionError)


class TestAccess:
    async def test_a_change_of_access_alone_publishes_without_reading_again(self, bench: Bench) -> None:
        bench.source.content = {"a.md": b"One.", "b.md": b"Two."}
        await bench.run()
        assert set(await bench.texts(principal=member())) == {"a.md", "b.md"}
        bench.source.access = {"a.md": frozenset({"hr"})}
        bench.source.fetched.clear()
        report = await bench.run()
        assert bench.source.fetched == []
        assert "indexed" not in report.run.counts
        assert set(await bench.texts(principal=member())) == {"b.md"}
        assert set(await bench.texts(principal=member("hr"))) == {"a.md", "b.md"}

    async def test_front_matter_says_who_may_read(self, bench: Bench) -> None:
        bench.source.content = {
            "open.md": b"---\ntitle: Open\nteam: core\n---\nOpen.",
            "hr.md": b"---\naccess: [hr, legal]\n---\nSecret.",
            "nobody.md": b"---\naccess: []\n---\nHidden.",
        }
        await bench.run()
        assert set(await bench.texts(principal=member())) == {"open.md"}
        assert set(await bench.texts(principal=member("legal"))) == {"open.md", "hr.md"}
        assert set(await bench.texts()) == {"open.md", "hr.md", "nobody.md"}
        snapshot = await bench.head()
        live = await bench.stores.generations.live(bench.principal, snapshot, bench.workbench().deadline)
        assert {one.path: (one.title, dict(one.attributes)) for one in live}["open.md"] == ("Open", {"team": "core"})

    async def test_the_source_wins_over_front_matter(self, bench: Bench) -> None:
        bench.source.content = {"a.md": b"---\naccess: [hr]\n---\nSecret."}
        bench.source.access = {"a.md": frozenset({"legal"})}
        await bench.run()
        assert set(await bench.texts(principal=member("hr"))) == set()
        assert set(await bench.texts(principal=member("legal"))) == {"a.md"}

    async def test_unreadable_front_matter_with_access_is_never_shown(self, bench: Bench) -> None:
        bench.source.content = {"a.md": b"---\naccess: [hr\n---\nSecret.", "b.md": b"---\naccess: [hr]\n\nSecret."}
        await bench.run()
        assert await bench.texts() == {}
        outcomes = [row.outcome for row in (await bench.documents(1)).values()]
        assert [outcome.reason for outcome in outcomes if outcome] == ["InvalidInput", "InvalidInput"]


class TestMassDeletion:
    async def fill(self, bench: Bench, count: int) -> None:
        bench.source.content = {f"{number:03}.md": b"Text %d." % number for number in range(count)}
        assert (await bench.run()).run.state is RunState.SUCCEEDED

    async def test_a_run_that_would_remove_too_much_stops_and_asks(self, bench: Bench) -> None:
        await self.fill(bench, 60)
        bench.source.content = {}
        report = await bench.run()
        assert (report.run.state, report.run.reason) == (RunState.FAILED, "MassDeletion")
        assert report.run.message == ("This run would remove 60 of 60 documents, which no longer stand in files.")
        assert len(await bench.texts()) == 60
        assert len(await bench.documents()) == 60

    async def test_confirmed_it_goes_on(self, bench: Bench) -> None:
        await self.fill(bench, 60)
        bench.source.content = {"000.md": b"Text 0."}
        assert (await bench.run()).run.reason == "MassDeletion"
        assert (await bench.run(confirmed=True)).run.state is RunState.SUCCEEDED
        assert set(await bench.texts()) == {"000.md"}

    @pytest.mark.parametrize(("count", "removed"), [(20, 20), (100, 30)])
    async def test_few_documents_or_a_small_share_may_go(self, bench: Bench, count: int, removed: int) -> None:
        await self.fill(bench, count)
        for number in range(removed):
            del bench.source.content[f"{number:03}.md"]
        assert (await bench.run()).run.state is RunState.SUCCEEDED
        assert len(await bench.texts()) == count - removed

    async def test_just_over_both_limits(self, bench: Bench) -> None:
        await self.fill(bench, 69)
        for number in range(21):
            del bench.source.content[f"{number:03}.md"]
        assert (await bench.run()).run.reason == "MassDeletion"
