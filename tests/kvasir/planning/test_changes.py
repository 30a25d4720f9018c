from collections.abc import Callable

from tests.kvasir.planning.conftest import made

from kvasir.planning.changes import Action, change
from kvasir.resources import KnowledgeBase, load_yaml

Make = Callable[..., KnowledgeBase]
BASE = "{sources: [{name: pages, configMap: {name: handbook}}, {name: mine, upload: {}}], splitting: {size: 1500}}"


def test_nothing_changed(knowledge_base: Make) -> None:
    assert change(knowledge_base(BASE), knowledge_base(BASE)).action is Action.UNCHANGED


def test_an_edit_names_its_fields_and_what_it_costs(knowledge_base: Make) -> None:
    before = knowledge_base(BASE)
    status = before.status.model_copy(update={"generation": 3, "documents": 14})
    after = knowledge_base("{sources: [{name: pages, configMap: {name: handbook}}], splitting: {size: 900}}")
    found = change(before.model_copy(update={"status": status}), after)
    assert found.action is Action.UPDATE
    assert {one.path: (one.before, one.after) for one in found.fields if "size" in one.path} == {
        "spec.splitting.size": (1500, 900)
    }
    assert any(one.path == "spec.sources[mine]" and one.after is None for one in found.fields)
    joined = " ".join(found.consequences)
    assert "starts a new index generation (4). 14 documents are indexed again" in joined
    assert "Documents of mine are removed" in joined


def test_secrets_never_show() -> None:
    texts = [
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: a}}\nstringData: {{k: {v}}}"
        for v in ("first", "second")
    ]
    one, two = (load_yaml(text, file="s.yaml")[0] for text in texts)
    assert "first" not in repr(change(one, two))
    assert "second" not in repr(change(one, two))


def test_deleting_a_tenant_says_what_stays() -> None:
    kept = made("Tenant", "acme", "{}", namespace=None)
    gone = made("Tenant", "acme", "{deletionPolicy: Delete}", namespace=None)
    assert change(kept, None).consequences == ("Its data and keys are kept (Retain).",)
    assert change(gone, None).consequences == ("Its data and keys are deleted.",)
    assert change(None, kept).action is Action.CREATE
