import pytest
from pydantic import ValidationError

from kvasir.resources import KnowledgeBaseSpec, KnowledgeBaseStatus, Source
from kvasir.resources.grounding import GroundingMode

UNION = ("inline", "config_map", "volume", "http", "git", "upload", "s3", "sql")


def test_a_bare_knowledge_base_searches_words_without_a_model() -> None:
    spec = KnowledgeBaseSpec()
    assert spec.embedding.none is not None
    assert (spec.splitting.size, spec.splitting.overlap) == (1500, 180)
    assert spec.grounding.mode is GroundingMode.CITE_OR_SAY
    assert (spec.language, spec.suspend, spec.sources) == ("auto", False, ())


def test_yaml_and_python_spell_fields_in_their_own_way() -> None:
    yaml = {"embedding": {"openAICompatible": {"endpoint": "https://a.example/v1", "model": "m", "dimensions": 3}}}
    python = {"embedding": {"openai_compatible": {"endpoint": "https://a.example/v1", "model": "m", "dimensions": 3}}}
    assert KnowledgeBaseSpec.model_validate(yaml) == KnowledgeBaseSpec.model_validate(python)
    assert KnowledgeBaseSpec.model_validate(python).model_dump(exclude_defaults=True) == yaml


def test_the_union_rule_covers_every_member() -> None:
    assert set(Source.model_fields) == {"name", "access", "schedule", *UNION}
    source = Source.model_validate({"name": "a", "upload": {}})
    assert [member for member in UNION if getattr(source, member) is not None] == ["upload"]


@pytest.mark.parametrize("language", ["EN", "english", "e", "en_US", "auto-detect", "en-"])
def test_languages_refused(language: str) -> None:
    with pytest.raises(ValidationError):
        KnowledgeBaseSpec(language=language)


def test_status_reads_what_an_operator_reports() -> None:
    status = KnowledgeBaseStatus.model_validate(
        {
            "documents": 12,
            "passages": 80,
            "generation": 2,
            "keptGenerations": [1, 2],
            "lastRun": {
                "name": "run-7",
                "phase": "Stopped",
                "started": "2026-03-01T09:00:00Z",
                "progress": {"listed": 12},
            },
            "failures": [{"document": "a.pdf", "reason": "Encrypted", "message": "Remove the password."}],
            "conditions": [
                {"type": "MassDeletion", "status": "True", "reason": "Unconfirmed", "observedGeneration": 4}
            ],
        }
    )
    assert status.last_run is not None
    assert (status.last_run.progress.listed, status.last_run.progress.done, status.last_run.finished) == (12, 0, None)
    assert KnowledgeBaseStatus.model_validate(status.model_dump(mode="json")) == status
