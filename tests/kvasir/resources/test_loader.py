import os
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kvasir.errors import InvalidInputError
from kvasir.resources import (
    ChatDeployment,
    ConfigMap,
    InvalidResourceError,
    Key,
    KnowledgeBase,
    Namespace,
    Origin,
    Tenant,
    load_paths,
    load_yaml,
)
from kvasir.resources.loader import MAX_FILE_BYTES

HERE = Path(__file__).parent
VALID = sorted((HERE / "valid").glob("*.yaml"))
QUICKSTART = """\
apiVersion: v1
kind: Namespace
metadata: {name: acme, labels: {kvasir.dev/tenant: acme}}
---
apiVersion: kvasir.dev/v1alpha1
kind: Tenant
metadata: {name: acme}
spec:
  displayName: Acme Corporation
  domains: [acme.localhost]
---
apiVersion: kvasir.dev/v1alpha1
kind: KnowledgeBase
metadata: {name: handbook, namespace: acme}
spec:
  sources:
  - {name: pages, configMap: {name: handbook}}
  - {name: mine, upload: {}}
  splitting: {size: 1500, overlap: 180}
  embedding: {none: {}}
---
apiVersion: kvasir.dev/v1alpha1
kind: ChatDeployment
metadata: {name: assistant, namespace: acme}
spec:
  knowledgeBases: [{name: handbook}]
  model: {extractive: {}}
  grounding: {mode: CiteOrSay}
  routes: [{name: web, ingress: {host: acme.localhost}}]
"""
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n"


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_the_quickstart_loads_in_order() -> None:
    namespace, tenant, knowledge_base, chat = load_yaml(QUICKSTART, file="quickstart.yaml")
    assert isinstance(namespace, Namespace)
    assert isinstance(tenant, Tenant)
    assert isinstance(knowledge_base, KnowledgeBase)
    assert isinstance(chat, ChatDeployment)
    assert tenant.spec.display_name == "Acme Corporation"
    assert [source.name for source in knowledge_base.spec.sources if source.upload is not None] == ["mine"]
    assert chat.key == Key("ChatDeployment", "acme", "assistant")
    assert str(chat.key) == "ChatDeployment acme/assistant"


def test_folders_load_recursively_in_the_order_of_names(tmp_path: Path) -> None:
    write(
        tmp_path,
        b_dot_yaml=NAMESPACE % "b",
        a__z_dot_yml=NAMESPACE % "a-z",
        a_dot_json='{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}',
    )
    write(tmp_path, notes_dot_txt="not: [yaml", _dot_hidden__x_dot_yaml="not: [yaml")
    result = load_paths([tmp_path])
    assert result.problems == ()
    assert [resource.name for resource in result.resources] == ["a-z", "a", "b"]
    assert result.origins[Key("Namespace", None, "b")] == Origin(f"{tmp_path}/b.yaml", 1)


def test_a_mounted_config_map_loads_once(tmp_path: Path) -> None:
    # The kubelet keeps the files in a hidden folder, links `..data` to it, and each file to ..data/FILE.
    write(tmp_path, **{"..2026_03_01__tenant.yaml": NAMESPACE % "acme"})
    (tmp_path / "..data").symlink_to("..2026_03_01")
    (tmp_path / "tenant.yaml").symlink_to("..data/tenant.yaml")
    result = load_paths([tmp_path])
    assert [resource.name for resource in result.resources] == ["acme"]
    assert result.problems == ()


def test_a_file_named_twice_loads_once(tmp_path: Path) -> None:
    write(tmp_path, a_dot_yaml=NAMESPACE % "a")
    assert len(load_paths([tmp_path, tmp_path / "a.yaml"]).resources) == 1


def test_a_repeated_object_keeps_the_second_file_out(tmp_path: Path) -> None:
    write(tmp_path, a_dot_yaml=NAMESPACE % "acme", b_dot_yaml=f"{NAMESPACE % 'other'}---\n{NAMESPACE % 'acme'}")
    result = load_paths([tmp_path])
    assert [resource.name for resource in result.resources] == ["acme"]
    assert [str(problem) for problem in result.problems] == [
        f"{tmp_path}/b.yaml:5:1: Namespace acme stands in {tmp_path}/a.yaml:1 too. Fix: Remove or rename one."
    ]


def test_one_fault_keeps_a_whole_file_out_and_no_other(tmp_path: Path) -> None:
    write(tmp_path, a_dot_yaml=f"{NAMESPACE % 'a'}---\nkind: Tenant\n", b_dot_yaml=NAMESPACE % "b")
    result = load_paths([tmp_path])
    assert [resource.name for resource in result.resources] == ["b"]
    assert [(problem.line, problem.path) for problem in result.problems] == [(5, "apiVersion")]


def test_files_that_cannot_be_read_are_problems(tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    (tmp_path / "dangling.yaml").symlink_to("nowhere.yaml")
    result = load_paths([tmp_path, tmp_path / "missing", tmp_path / "dangling.yaml"])
    assert [str(problem).removeprefix(f"{tmp_path}/") for problem in result.problems] == [
        "large.yaml: is larger than 8 MiB. Fix: Split it, or use another source.",
        "missing: does not exist. Fix: Check the path.",
        "dangling.yaml: does not exist. Fix: Check the path.",
    ]


def test_an_unreadable_file_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    write(tmp_path, a_dot_yaml=NAMESPACE % "a")
    monkeypatch.setattr(Path, "open", refuse)
    (problem,) = load_paths([tmp_path]).problems
    assert str(problem) == f"{tmp_path}/a.yaml: cannot be read: Permission denied. Fix: Check the permissions."


def test_what_kubectl_get_prints_loads() -> None:
    exported = """\
apiVersion: v1
kind: List
items:
- apiVersion: kvasir.dev/v1alpha1
  kind: Tenant
  metadata:
    name: acme
    uid: 6f6ac0b5-6a3c-4f43-9a2e-7d3a5a6f0b11
    resourceVersion: "42"
    generation: 3
    creationTimestamp: "2026-03-01T09:00:00Z"
    managedFields: [{manager: kubectl, operation: Apply, fieldsV1: {"f:spec": {}}}]
    ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: a, uid: b}]
  spec: {}
  status: {observedGeneration: 3, notOfThisVersion: true}
- apiVersion: v1
  kind: Namespace
  metadata: {name: acme}
  spec: {finalizers: [kubernetes]}
  status: {phase: Active}
"""
    tenant, namespace = load_yaml(exported, file="exported.yaml")
    assert tenant.metadata.generation == 3
    assert isinstance(tenant, Tenant)
    assert tenant.status.observed_generation is None, "status is observed, never asked for"
    assert namespace.key == Key("Namespace", None, "acme")


def test_json_may_escape_characters_in_pairs() -> None:
    text = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}, "data": {"k": "\\ud83d\\ude00 \\\\ud83d"}}'
    (config_map,) = load_yaml(text, file="a.json")
    assert isinstance(config_map, ConfigMap)
    assert config_map.data == {"k": "\U0001f600 \\ud83d"}


def test_the_error_lists_all_problems() -> None:
    with pytest.raises(InvalidResourceError) as caught:
        load_yaml("kind: Tenant\n---\nkind: Tenent\n", file="x.yaml")
    assert isinstance(caught.value, InvalidInputError)
    assert [problem.line for problem in caught.value.problems] == [1, 3]
    assert str(caught.value).splitlines()[1] == (
        "x.yaml:3:7: kind: Kvasir does not know the kind `Tenent`. Fix: Did you mean `Tenant`?"
    )


def test_malformed_files_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file of malformed/ is refused, in the words of expected.txt. `UPDATE=1` writes that file anew."""
    monkeypatch.chdir(HERE / "malformed")
    result = load_paths(["."])
    messages = "".join(f"{problem}\n" for problem in result.problems)
    golden = Path("expected.txt")
    if os.environ.get("UPDATE"):
        golden.write_text(messages)
    assert messages == golden.read_text()
    assert result.resources == ()
    assert {problem.file for problem in result.problems} == {path.name for path in Path().glob("*.[yj]*")}


def test_problems_point_into_the_file() -> None:
    for path in sorted((HERE / "malformed").glob("*.yaml")):
        lines = path.read_bytes().decode("utf-8", "replace").split("\n")
        for problem in load_paths([path]).problems:
            assert 1 <= problem.line <= len(lines), problem
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1, problem


def load_anything(text: str) -> None:
    problems = ()
    try:
        load_yaml(text, file="any.yaml")
    except InvalidResourceError as error:
        problems = error.problems
    for problem in problems:
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.message
        assert problem.fix


@settings(max_examples=200)
@given(st.text() | st.text("{}[]:-,&*!|>'\"#%@` \n\tab1?<"))
@example("\ud800")
@example("a: \x85b")
@example("? ? a")
@example("!<tag:yaml.org,2002:int> x")
def test_no_text_breaks_the_loader(text: str) -> None:
    load_anything(text)


@settings(max_examples=150)
@given(st.sampled_from([path.read_text() for path in VALID]), st.data())
def test_no_edit_of_a_file_breaks_the_loader(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    inserted = data.draw(
        st.text(max_size=3) | st.sampled_from([": ", "\n", "  ", "- ", "{", "]", "no", "1e3", "~", "&a ", "*a"])
    )
    load_anything(text[:start] + inserted + text[end:])


def test_a_large_config_map_loads_fast_enough(tmp_path: Path) -> None:
    page = "".join(f"    Line {number} of a page, with: colons and 'quotes'.\n" for number in range(18_000))
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: b}}\ndata:\n  page.md: |\n{page}"
    (config_map,) = load_yaml(text, file="a.yaml")
    assert isinstance(config_map, ConfigMap)
    assert config_map.data["page.md"].count("\n") == 18_000
    assert sys.getsizeof(config_map.data["page.md"]) > 800_000
