"""Index generations change under clients that ask without pause: every answer comes from one of them, none fails."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
from tests.kvasir_services.cli.conftest import Platform, ended, start, until

from kvasir_services.cli.client import control

QUESTION = "When does the depot of Bergen open for visitors?"
LARGE, SMALL = 1500, 300
CITIES = ("Bergen", "Oslo", "Turku", "Malmo", "Aarhus", "Tartu", "Riga", "Gdansk", "Kiel", "Vaasa")
SUBJECTS = ("visitors", "suppliers", "drivers", "auditors", "apprentices", "neighbours", "inspectors", "cleaners")

YAML = """
apiVersion: kvasir.dev/v1alpha1
kind: Tenant
metadata: {{name: acme}}
spec: {{displayName: Acme}}
---
apiVersion: kvasir.dev/v1alpha1
kind: KnowledgeBase
metadata: {{name: depots, namespace: acme}}
spec:
  sources: [{{name: disk, volume: {{claimName: depots, path: .}}}}]
  embedding: {{none: {{}}}}
  splitting: {{size: {size}, overlap: 0}}
{more}
---
apiVersion: kvasir.dev/v1alpha1
kind: ChatDeployment
metadata: {{name: guide, namespace: acme}}
spec: {{knowledgeBases: [{{name: depots}}], model: {{extractive: {{}}}}}}
"""


def depot(city: str) -> str:
    """Of about 3,000 characters, in paragraphs of about 380: one fills a small passage, several a large one."""
    paragraphs = [
        f"The depot of {city} opens for {subject} at {7 + number} o'clock. It closes for {subject} at {15 + number} "
        f"o'clock in summer and an hour earlier in winter. The gate for {subject} of {city} is number {number + 1}, and "
        f"a guard writes down each name. Whoever comes late has to ring, and waits until the shift leader has time for "
        f"{subject}. Nobody enters the hall of {city} without boots."
        for number, subject in enumerate(SUBJECTS)
    ]
    return f"# {city}\n\n" + "\n\n".join(paragraphs) + "\n"


@dataclass(slots=True)
class Client:
    """Asks without pause and keeps what came.

    Attributes:
        answers: contents with citations of the chat by generation; one question to one revision has one answer.
        passages: lengths of a search's passages, one set per search.
        failures: everything that was not an answer.
    """

    platform: Platform
    headers: Mapping[str, str]
    answers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    passages: list[set[bool]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._loop, args=(ask,)) for ask in (self.chat, self.search)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _loop(self, ask: Any) -> None:
        with httpx.Client(base_url=f"{self.platform.url}/v1", headers=self.headers, timeout=60) as http:
            while not self._over.is_set():
                try:
                    ask(http)
                except (httpx.HTTPError, KeyError, ValueError) as error:
                    self.failures.append(repr(error))

    def chat(self, http: httpx.Client) -> None:
        body = {"model": "guide", "messages": [{"role": "user", "content": QUESTION}]}
        answer = http.post("chat/completions", json=body)
        if answer.status_code != 200:
            self.failures.append(answer.text)
            return
        message = answer.json()["choices"][0]["message"]
        (snapshot,) = message["kvasir"]["generation"]
        self.answers[snapshot].add(json.dumps([message["content"], message["kvasir"]["citations"]]))
        self.counts[snapshot.partition(".")[0]] += 1

    def search(self, http: httpx.Client) -> None:
        answer = http.post("vector_stores/depots/search", json={"query": QUESTION, "max_num_results": 20})
        if answer.status_code != 200:
            self.failures.append(answer.text)
            return
        self.passages.append({len(hit["content"][0]["text"]) > SMALL for hit in answer.json()["data"]})

    def check(self) -> None:
        """No failed and no mixed answer."""
        assert not self.failures
        assert all(len(kinds) == 1 for kinds in self.passages)
        assert {snapshot: len(answers) for snapshot, answers in self.answers.items()} == dict.fromkeys(self.answers, 1)

    def wait_for(self, generation: int, answers: int = 3) -> None:
        """Until a few more answers came from a generation."""
        wanted = self.counts[f"depots@{generation}"] + answers
        until(lambda: self.counts[f"depots@{generation}"] >= wanted)


@dataclass(frozen=True, slots=True)
class Depots:
    """The platform, its one YAML file and its volume."""

    platform: Platform

    def write(self, size: int, *more: str) -> None:
        """Edits the file that `kvasir up` watches."""
        text = YAML.format(size=size, more="\n".join(f"  {line}" for line in more))
        (self.platform.folder / "platform" / "acme.yaml").write_text(text, encoding="utf-8")

    @property
    def documents(self) -> Path:
        return self.platform.folder / "platform" / "depots"

    def client(self) -> Client:
        return Client(self.platform, {"authorization": f"Bearer {self.platform.key('acme')}"})

    def status(self) -> Mapping[str, Any]:
        with control(self.platform.data_directory) as client:
            return client.get("/control/resources", kind="KnowledgeBase", name="depots")[0]["status"]

    def serves(self, generation: int) -> bool:
        return self.status().get("generation") == generation

    def condition(self, kind: str) -> Mapping[str, Any]:
        return next((one for one in self.status()["conditions"] if one["type"] == kind), {})

    def found(self) -> set[str]:
        """Paths of documents that a search finds now."""
        body = {"query": " ".join(CITIES), "max_num_results": 50}
        headers = {"authorization": f"Bearer {self.platform.key('acme')}"}
        answer = httpx.post(f"{self.platform.url}/v1/vector_stores/depots/search", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return {hit["filename"] for hit in answer.json()["data"]}


@pytest.fixture(scope="module")
def depots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Depots]:
    folder = tmp_path_factory.mktemp("switching")
    (folder / "platform" / "depots").mkdir(parents=True)
    for city in CITIES:
        (folder / "platform" / "depots" / f"{city.lower()}.md").write_text(depot(city), encoding="utf-8")
    (folder / "platform" / "acme.yaml").write_text(YAML.format(size=LARGE, more=""), encoding="utf-8")
    platform = start(folder, "platform")
    try:
        with control(platform.data_directory) as client:
            platform.wait_ready(client, "ChatDeployment")
        yield Depots(platform)
    finally:
        ended(platform)


def test_a_new_generation_takes_over_and_pins_go_back_and_forth_without_a_failed_or_mixed_answer(
    depots: Depots,
) -> None:
    with depots.client() as client:
        client.wait_for(1)
        depots.write(SMALL)
        client.wait_for(2)
        depots.write(SMALL, "pinnedGeneration: 1")
        client.wait_for(1)
        until(lambda: depots.condition("Pinned").get("status") == "True")
        depots.write(SMALL)
        client.wait_for(2)
        until(lambda: depots.serves(2) and not depots.condition("Pinned"))
    client.check()
    assert set(client.answers) == {"depots@1.1", "depots@2.1"}
    assert len(set.union(*client.answers.values())) == 2, "the two generations answer alike: the check cannot fail"
    assert {frozenset(kinds) for kinds in client.passages} == {frozenset({True}), frozenset({False})}


def test_a_generation_that_fails_its_golden_questions_is_not_published_and_the_condition_says_why(
    depots: Depots,
) -> None:
    until(lambda: depots.serves(2) and depots.condition("Ready")["status"] == "True")
    golden = "{question: When does the depot of Bergen open?, expect: [nowhere.md], minimumRank: 3}"
    with depots.client() as client:
        depots.write(700, f"goldenQuestions: [{golden}]")
        until(lambda: depots.condition("Stalled").get("reason") == "VerificationFailed")
        client.wait_for(2)
    client.check()
    assert set(client.answers) == {"depots@2.1"}
    why = depots.condition("Stalled")["message"]
    assert "nowhere.md is not found; rank 3 is asked for" in why
    assert "When does the depot of Bergen open?" in why
    ready = depots.condition("Ready")
    assert "VerificationFailed" in (ready["reason"], depots.condition("Stalled")["reason"])
    assert depots.serves(2)
    depots.write(SMALL)
    until(lambda: depots.condition("Stalled").get("status") == "False")
    assert depots.condition("Ready")["status"] == "True"


def test_a_document_deleted_while_two_generations_are_kept_is_gone_from_both(depots: Depots) -> None:
    until(lambda: depots.serves(2) and "oslo.md" in depots.found())
    assert 1 in depots.status()["keptGenerations"]
    (depots.documents / "oslo.md").unlink()
    until(lambda: "oslo.md" not in depots.found())
    depots.write(SMALL, "pinnedGeneration: 1")
    until(lambda: depots.serves(1) and depots.condition("Pinned").get("status") == "True")
    assert depots.found() == {f"{city.lower()}.md" for city in CITIES if city != "Oslo"}
    with httpx.Client(headers={"authorization": f"Bearer {depots.platform.key('acme')}"}) as http:
        body = {"model": "guide", "messages": [{"role": "user", "content": "When does the depot of Oslo open?"}]}
        message = http.post(f"{depots.platform.url}/v1/chat/completions", json=body).json()["choices"][0]["message"]
    assert message["kvasir"]["generation"][0].startswith("depots@1.")
    assert "oslo.md" not in {one["filename"] for one in message["kvasir"]["citations"]}
    depots.write(SMALL)
    until(lambda: depots.serves(2))
    assert "oslo.md" not in depots.found()
