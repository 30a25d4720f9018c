"""Killed anywhere, run again: the index is exactly what the sources say. Nothing lost, nothing twice."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.crash

Trial = Callable[..., dict[str, Any]]

FIRST = {f"{name}.md": f"# {name}\n\nSome common text of {name}. It has a number of sentences. " * 4 for name in
         ("alpha", "beta", "gamma", "delta")} | {
    "hr.md": "---\ntitle: Salaries\naccess: [hr]\n---\nA secret text that few may read.",
    "bad.md": "\x00\x01binary",
    "guide.txt": "How to install and how to upgrade.\n\nA section of text.",
}  # fmt: skip
SECOND = {name: text for name, text in FIRST.items() if name != "beta.md"} | {
    "alpha.md": "# Alpha\n\nA fresh text about alpha, with rare words. " * 6,
    "hr.md": "---\ntitle: Salaries\naccess: [legal]\n---\nA secret text that few may read.",
    "epsilon.md": "# Epsilon\n\nNew and common.",
}


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("crash_server.py"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
    )  # fmt: skip
    assert server.stdin is not None
    assert server.stdout is not None

    def ask(data: Path, documents: Path, size: int, **kill: float) -> dict[str, Any]:
        job = {"data": str(data), "documents": str(documents), "size": size, **kill}
        server.stdin.write(json.dumps(job).encode() + b"\n")
        server.stdin.flush()
        return json.loads(server.stdout.readline())

    yield ask
    server.stdin.close()
    assert server.wait(10) == 0
    server.stdout.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crash")
    for name, content in (("first", FIRST), ("second", SECOND)):
        (folder / name).mkdir()
        for path, text in content.items():
            (folder / name / path).write_text(text)
    return folder


class Scenario:
    """A run that starts from a prepared data folder; `finish` is the undisturbed run that must repair everything."""

    def __init__(self, trial: Trial, place: Path, *, prepared: bool) -> None:
        self.trial = trial
        self.place = place
        self.base = place / "base" if prepared else None
        self.documents = place / ("second" if prepared else "first")
        self.size = 90 if prepared else 200
        if prepared and not self.base.exists():
            assert trial(self.base, place / "first", 200)["status"] == 0
        self.expected = self.finish(self.fresh())

    def fresh(self) -> Path:
        data = self.place / "data"
        shutil.rmtree(data, ignore_errors=True)
        if self.base is not None:
            shutil.copytree(self.base, data)
        return data

    def finish(self, data: Path) -> dict[str, Any]:
        outcome = self.trial(data, self.documents, self.size)
        assert (outcome["status"], outcome["state"]) == (0, "Succeeded")
        return outcome

    def killed(self, data: Path, **kill: float) -> bool:
        """Whether the kill came before the end."""
        status = self.trial(data, self.documents, self.size, **kill)["status"]
        assert status in {0, -9}
        return status == -9

    def check(self, data: Path) -> None:
        outcome = self.finish(data)
        assert (outcome["digest"], outcome["passages"]) == (self.expected["digest"], self.expected["passages"])


@pytest.mark.parametrize("prepared", [False, True], ids=["first run", "next run with other settings"])
def test_killed_between_any_two_steps_and_inside_of_them(trial: Trial, place: Path, *, prepared: bool) -> None:
    scenario = Scenario(trial, place, prepared=prepared)
    assert scenario.expected["passages"] >= 10
    ends = scenario.expected["boundaries"]
    inside = range(1, scenario.expected["events"], 4)
    for event in sorted({*inside, *ends, *(end + 1 for end in ends[:-1])}):
        data = scenario.fresh()
        assert scenario.killed(data, kill_event=event), event
        scenario.check(data)


def test_killed_at_fifty_random_moments(trial: Trial, place: Path) -> None:
    scenario = Scenario(trial, place, prepared=True)
    moments = random.Random(20261122)
    longest = scenario.expected["seconds"]
    kills = 0
    while kills < 50:
        data = scenario.fresh()
        for _ in range(moments.choice([1, 1, 2, 3])):  # some runs are killed again and again
            kills += scenario.killed(data, kill_after=moments.uniform(0.01, longest))
        scenario.check(data)
