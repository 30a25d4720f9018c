"""All kinds: from a file's `apiVersion` and `kind` to the model."""

from collections.abc import Mapping, Sequence
from typing import Final

from kvasir.errors import InvalidInputError
from kvasir.resources.backup import Backup, BackupSchedule, Restore
from kvasir.resources.billing_plan import Plan
from kvasir.resources.chat_deployment import ChatDeployment
from kvasir.resources.core import ConfigMap, Namespace, Secret
from kvasir.resources.data_store import DataStore
from kvasir.resources.evaluation import Evaluation
from kvasir.resources.knowledge_base import KnowledgeBase
from kvasir.resources.meta import KvasirResource, Resource
from kvasir.resources.sentences import closest
from kvasir.resources.tenant import Tenant

CATEGORY: Final = "kvasir"

KVASIR_KINDS: Final[Sequence[type[KvasirResource]]] = (
    DataStore,
    Plan,
    Tenant,
    KnowledgeBase,
    ChatDeployment,
    Evaluation,
    Backup,
    BackupSchedule,
    Restore,
)
CORE_KINDS: Final[Sequence[type[Resource]]] = (Namespace, ConfigMap, Secret)
KINDS: Final[Mapping[str, type[Resource]]] = {model.__name__: model for model in (*CORE_KINDS, *KVASIR_KINDS)}
"""Models by kind; no two groups share one."""


def api_version_of(model: type[Resource]) -> str:
    """Return the `apiVersion` that files of this kind carry."""
    return str(model.model_fields["api_version"].default)


def find_kind(word: str) -> type[Resource] | None:
    """Return the kind that a command line means by a kind, plural, singular or short name, whatever its case."""
    wanted = word.casefold()
    for kind, model in KINDS.items():
        if wanted in (kind.casefold(), model.facts.plural, *model.facts.short_names):
            return model
    return None


def kind_named(word: str) -> type[Resource]:
    """As `find_kind`. InvalidInputError naming the nearest kind, or all of them, when no kind is called so."""
    found = find_kind(word)
    if found is not None:
        return found
    words = {
        name: kind for kind, model in KINDS.items() for name in (kind, model.facts.plural, *model.facts.short_names)
    }
    near = closest(word, list(words))
    fix = f"did you mean {words[near]}?" if near else f"name one of {', '.join(KINDS)}"
    raise InvalidInputError(f"There is no kind {word!r}.", field="KIND", fix=fix)
