"""Five corpora as five tenants with equal names inside, on one platform; and what each reader may be shown."""

import csv
import json
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kvasir.ports.documents import document_id

KNOWLEDGE_BASE = "library"
MODEL = "assistant"
VAULT = "finance"
"""The tenant with a knowledge base and a model whose names nobody else has."""
GROUPED = "pubmed"
"""The tenant whose documents have readers: of every four one is for `red`, one for `blue`, two are for everybody."""
READERS: Mapping[int, frozenset[str] | None] = {0: None, 1: frozenset({"red"}), 2: None, 3: frozenset({"blue"})}
_PART = 12_000

TENANT = """
apiVersion: kvasir.dev/v1alpha1
kind: Tenant
metadata: {{name: {tenant}}}
spec: {{displayName: {tenant}}}
---
apiVersion: kvasir.dev/v1alpha1
kind: KnowledgeBase
metadata: {{name: library, namespace: {tenant}}}
spec:
  sources:
  - {{name: disk, volume: {{claimName: {tenant}, path: .}}}}
  - {{name: mine, upload: {{}}}}
  embedding: {{none: {{}}}}
---
apiVersion: kvasir.dev/v1alpha1
kind: ChatDeployment
metadata: {{name: assistant, namespace: {tenant}}}
spec: {{knowledgeBases: [{{name: library}}], model: {{extractive: {{}}}}}}
---
"""
VAULT_YAML = """
apiVersion: kvasir.dev/v1alpha1
kind: KnowledgeBase
metadata: {{name: vault-of-{tenant}, namespace: {tenant}}}
spec:
  sources: [{{name: a, inline: {{documents: [{{path: a.md, text: "Of {tenant}."}}]}}}}]
  embedding: {{none: {{}}}}
---
apiVersion: kvasir.dev/v1alpha1
kind: ChatDeployment
metadata: {{name: vault-of-{tenant}, namespace: {tenant}}}
spec: {{knowledgeBases: [{{name: vault-of-{tenant}}}], model: {{extractive: {{}}}}}}
---
"""


def public_corpora() -> Mapping[str, str]:
    """Text by tenant. Skips loudly without the public data."""
    data = os.environ.get("KVASIR_DATA", "")
    folder = Path(data) / "chunking" / "corpora"
    if not data or not folder.is_dir():
        pytest.skip("KVASIR_DATA does not point at the public data: the isolation of five tenants is NOT tested")
    return {path.stem.replace("_", "-"): path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}


def public_questions() -> Sequence[tuple[str, str]]:
    """Tenant and question."""
    with (Path(os.environ["KVASIR_DATA"]) / "chunking" / "questions.csv").open(encoding="utf-8", newline="") as file:
        return [(row["corpus_id"].replace("_", "-"), row["question"]) for row in csv.DictReader(file)]


def vault_of(tenant: str) -> str:
    return f"vault-of-{tenant}"


def words(text: str) -> str:
    """What Markdown does not change."""
    return re.sub(r"[\W_]+", "", text)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody of a tenant, and what they may be shown.

    Attributes:
        documents: ids of readable documents.
        text: the words of these documents, and of no others.
    """

    tenant: str
    groups: frozenset[str]
    documents: frozenset[str]
    text: str

    def foreign(self, shown: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Those of (document, passage or quote) that this reader must not see."""
        return [(one, text) for one, text in shown if one not in self.documents or words(text) not in self.text]


@dataclass(frozen=True, slots=True)
class Corpora:
    """Files of all tenants on disk. `parts` are (path, groups, text) by tenant."""

    folder: Path
    questions: Sequence[tuple[str, str]]
    parts: dict[str, list[tuple[str, frozenset[str] | None, str]]] = field(default_factory=dict)

    @property
    def tenants(self) -> Collection[str]:
        return sorted(self.parts)

    def reader(self, tenant: str, *groups: str, everything: bool = False) -> Reader:
        """A member of groups; `everything` is the platform itself."""
        mine = [
            (path, text)
            for path, readers, text in self.parts[tenant]
            if everything or readers is None or readers & frozenset(groups)
        ]
        ids = frozenset(document_id(tenant, KNOWLEDGE_BASE, "disk", path) for path, _ in mine)
        return Reader(tenant, frozenset(groups), ids, " ".join(words(text) for _, text in mine))

    def readers(self) -> Sequence[Reader]:
        """One of each tenant without a group, and three more of the tenant that has groups."""
        more = [self.reader(GROUPED, "red"), self.reader(GROUPED, "blue"), self.reader(GROUPED, "red", "blue", "x")]
        return [*(self.reader(tenant) for tenant in self.tenants), *more]


def write_corpora(folder: Path) -> Corpora:
    """Every corpus as a folder of parts beside the YAML; equal paths in all tenants."""
    texts = public_corpora()
    corpora = Corpora(folder, public_questions())
    (folder / "platform").mkdir()
    for tenant, text in texts.items():
        parts = _parts(text)
        corpora.parts[tenant] = [
            (f"part-{number:03}.md", READERS[number % 4] if tenant == GROUPED else None, part)
            for number, part in enumerate(parts)
        ]
        _write_tenant(folder / "platform", tenant, corpora.parts[tenant])
    (folder / "platform" / "vault.yaml").write_text(VAULT_YAML.format(tenant=VAULT), encoding="utf-8")
    return corpora


def _parts(text: str) -> list[str]:
    """Cut at line ends, so that every passage of a part stands in the corpus as it is."""
    parts, size = [""], 0
    for line in text.splitlines(keepends=True):
        if size > _PART:
            parts.append("")
            size = 0
        parts[-1] += line
        size += len(line)
    return parts


def _write_tenant(folder: Path, tenant: str, parts: Sequence[tuple[str, frozenset[str] | None, str]]) -> None:
    (folder / f"{tenant}.yaml").write_text(TENANT.format(tenant=tenant), encoding="utf-8")
    for path, readers, text in parts:
        file = folder / tenant / path
        file.parent.mkdir(parents=True, exist_ok=True)
        head = "" if readers is None else f"---\naccess: {json.dumps(sorted(readers))}\n---\n"
        file.write_text(head + text, encoding="utf-8")
