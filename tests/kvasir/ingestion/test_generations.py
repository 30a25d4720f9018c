"""Generations: built beside each other, verified, switched, kept for rollback, fed together."""

from kvasir.errors import NotFoundError
from kvasir.ports.documents import Generation, GenerationState, RunState
from kvasir.testing.builders import KNOWLEDGE_BASE, soon
from kvasir.testing.ingestion import OTHER_SETTINGS, SETTINGS, Bench

THIRD_SETTINGS = '{"size":50}'
TEXT = b"One sentence of some length. " * 12


async def generations(bench: Bench) -> list[Generation]:
    return list(await bench.stores.generations.list(bench.principal, KNOWLEDGE_BASE, soon()))


async def states(bench: Bench) -> list[tuple[int, str, bool]]:
    return [(one.number, str(one.state), one.active) for one in await generations(bench)]


async def test_other_settings_build_the_next_one_beside(bench: Bench) -> None:
    bench.source.content = {"a.md": TEXT}
    first = (await bench.run()).snapshot
    second = (await bench.run(settings=OTHER_SETTINGS)).snapshot
    assert (str(first), str(second)) == ("handbook@1.1", "handbook@2.1")
    assert await states(bench) == [(1, "Ready", False), (2, "Ready", True)]
    assert len(await bench.passages(second)) > len(await bench.passages(first))


async def test_only_the_newest_other_one_is_kept(bench: Bench) -> None:
    bench.source.content = {"a.md": TEXT}
    for settings in (SETTINGS, OTHER_SETTINGS, THIRD_SETTINGS):
        await bench.run(settings=settings)
    assert await states(bench) == [(2, "Ready", False), (3, "Ready", True)]
    assert not any(key.endswith("/text-1") for key in await bench.blobs())


class TestVerification:
    async def test_a_failure_leaves_the_one_in_use_and_says_why(self, bench: Bench) -> None:
        bench.source.content = {"a.md": TEXT}
        first = (await bench.run()).snapshot
        bench.failures = ["'Who?': a.md is not found.", "'Why?': a.md is not found."]
        report = await bench.run(settings=OTHER_SETTINGS)
        assert (report.run.state, report.run.reason) == (RunState.FAILED, "VerificationFailed")
        assert report.run.message == "2 checks failed: 'Who?': a.md is not found. 'Why?': a.md is not found."
        assert report.snapshot == first == await bench.head()
        failed = (await generations(bench))[1]
        assert (failed.state, failed.reason, failed.message) == (
            GenerationState.FAILED,
            "VerificationFailed",
            report.run.message,
        )

    async def test_it_is_not_tried_again_until_something_changed(self, bench: Bench) -> None:
        bench.source.content = {"a.md": TEXT}
        await bench.run()
        bench.failures = ["no"]
        await bench.run(settings=OTHER_SETTINGS)
        verified = len(bench.verified)
        again = await bench.run(settings=OTHER_SETTINGS)
        assert again.run.reason == "VerificationFailed"
        assert "indexed" not in again.run.counts
        assert len(bench.verified) == verified
        bench.failures = []
        assert (await bench.run(settings=OTHER_SETTINGS)).run.state is RunState.FAILED
        assert (await bench.run(settings=OTHER_SETTINGS, retry=True)).run.state is RunState.SUCCEEDED
        assert (await bench.head()).generation == 3

    async def test_changed_sources_are_a_new_attempt(self, bench: Bench) -> None:
        bench.source.content = {"a.md": TEXT}
        await bench.run()
        bench.failures = ["no"]
        await bench.run(settings=OTHER_SETTINGS)
        bench.failures = []
        bench.source.content["b.md"] = b"What was asked for."
        report = await bench.run(settings=OTHER_SETTINGS)
        assert report.run.state is RunState.SUCCEEDED
        assert set(await bench.texts()) == {"a.md", "b.md"}

    async def test_the_one_in_use_is_fed_all_the_same(self, bench: Bench) -> None:
        bench.source.content = {"a.md": TEXT}
        await bench.run()
        bench.failures = ["no"]
        bench.source.content["b.md"] = b"New."
        assert (await bench.run(settings=OTHER_SETTINGS)).run.state is RunState.FAILED
        assert set(await bench.texts()) == {"a.md", "b.md"}
        assert (await bench.head()).generation == 1

    async def test_the_first_generation_can_fail_too(self, bench: Bench) -> None:
        bench.source.content = {"a.md": TEXT}
        bench.failures = ["no"]
        report = await bench.run()
        assert (report.run.reason, report.snapshot) == ("VerificationFailed", None)

    async def test_removals_reach_the_one_in_use_whatever_the_checks_say(self, bench: Bench) -> None:
        bench.source.content = {"a.md": TEXT, "b.md": b"x"}
        await bench.run()
        bench.failures = ["no"]
        del bench.source.content["b.md"]
        assert (await bench.run()).run.state is RunState.SUCCEEDED
        assert set(await bench.texts()) == {"a.md"}

    async def test_a_failed_one_makes_way_for_other_settings(self, bench: Bench) -> None:
        bench.source.content = {"a.md": TEXT}
        await bench.run()
        bench.failures = ["no"]
        await bench.run(settings=OTHER_SETTINGS)
        bench.failures = []
        await bench.run(settings=THIRD_SETTINGS)
        assert await states(bench) == [(1, "Ready", False), (3, "Ready", True)]


class TestDeltas:
    async def test_both_kept_ones_get_them(self, bench: Bench) -> None:
        bench.source.content = {"a.md": TEXT}
        await bench.run()
        await bench.run(settings=OTHER_SETTINGS)
        bench.source.content = {"a.md": TEXT, "b.md": b"New."}
        await bench.run(settings=OTHER_SETTINGS)
        for number, one in enumerate(await generations(bench), 1):
            snapshot = type(await bench.head())(KNOWLEDGE_BASE, number, one.revision)
            assert set(await bench.texts(snapshot)) == {"a.md", "b.md"}

    async def test_a_deletion_applies_to_both(self, bench: Bench) -> None:
        bench.source.content = {"a.md": TEXT, "b.md": b"x"}
        await bench.run()
        await bench.run(settings=OTHER_SETTINGS)
        del bench.source.content["b.md"]
        await bench.run(settings=OTHER_SETTINGS)
        for number, one in enumerate(await generations(bench), 1):
            snapshot = type(await bench.head())(KNOWLEDGE_BASE, number, one.revision)
            assert set(await bench.texts(snapshot)) == {"a.md"}
        assert not any("b.md" in key for key in await bench.blobs())

    async def test_a_half_built_one_that_is_no_longer_wanted_is_dropped_unbuilt(self, bench: Bench) -> None:
        bench.source.content = {"a.md": TEXT}
        await bench.run()
        await bench.stores.generations.create(bench.principal, KNOWLEDGE_BASE, "f", OTHER_SETTINGS, soon())
        report = await bench.run(settings=THIRD_SETTINGS)
        assert report.run.counts["indexed"] == 1
        assert await states(bench) == [(1, "Ready", False), (3, "Ready", True)]


class TestRollback:
    async def test_old_settings_activate_the_kept_one_at_once(self, bench: Bench) -> None:
        bench.source.content = {"a.md": TEXT}
        first = (await bench.run()).snapshot
        await bench.run(settings=OTHER_SETTINGS)
        report = await bench.run(settings=SETTINGS)
        assert report.snapshot == first
        assert "indexed" not in report.run.counts
        assert await states(bench) == [(1, "Ready", True), (2, "Ready", False)]

    async def test_a_pinned_one_is_served_and_fed_and_nothing_else_is_built(self, bench: Bench) -> None:
        bench.source.content = {"a.md": TEXT}
        await bench.run()
        await bench.run(settings=OTHER_SETTINGS)
        bench.source.content["b.md"] = b"New."
        report = await bench.run(settings=THIRD_SETTINGS, pinned=1)
        assert report.run.state is RunState.SUCCEEDED
        assert await states(bench) == [(1, "Ready", True), (2, "Ready", False)]
        assert set(await bench.texts()) == {"a.md", "b.md"}

    async def test_pinning_what_is_not_kept_is_an_error_that_names_what_is(self, bench: Bench) -> None:
        bench.source.content = {"a.md": TEXT}
        await bench.run()
        report = await bench.run(pinned=7)
        assert (report.run.state, report.run.reason) == (RunState.FAILED, "NotFound")
        assert report.run.message == "Generation 7 is not kept; kept are [1]."
        assert str(await bench.head()) == "handbook@1.1"


async def test_blobs_of_old_versions_and_removed_documents_are_swept(bench: Bench) -> None:
    bench.source.content = {"a.md": b"One.", "b.md": b"Two."}
    await bench.run()
    assert len(await bench.blobs()) == 4
    bench.source.content = {"a.md": b"Newer."}
    await bench.run()
    keys = await bench.blobs()
    assert sorted(key.rpartition("/")[2] for key in keys) == ["original", "text-1"]
    assert len({key.rpartition("/")[0] for key in keys}) == 1


async def test_a_missing_model_is_an_error_of_the_run(bench: Bench) -> None:
    from kvasir.errors import UnsupportedError

    def missing(_settings: str) -> None:
        raise UnsupportedError("Install kvasir-rag[models].")

    bench.source.content = {"a.md": b"One."}
    workbench = bench.workbench()
    from dataclasses import replace

    from kvasir.ingestion.run import RunRequest, run

    report = await run(replace(workbench, tools=missing), RunRequest("r", [bench.source], SETTINGS))
    assert (report.run.state, report.run.reason) == (RunState.FAILED, "Unsupported")
    assert "kvasir-rag[models]" in report.run.message


async def test_generation_ids_of_a_missing_pin_do_not_hide_other_errors(bench: Bench) -> None:
    report = await bench.run(pinned=1)
    assert report.run.reason == NotFoundError.__name__.removesuffix("Error")
