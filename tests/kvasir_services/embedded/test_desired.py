"""What files say, and what became of those that are faulty."""

from pathlib import Path

import pytest

from kvasir.errors import InvalidInputError
from kvasir.resources import Key
from kvasir_services.embedded.desired import DesiredState, check_paths

TENANT = "{{apiVersion: kvasir.dev/v1alpha1, kind: Tenant, metadata: {{name: {name}}}, spec: {{{spec}}}}}\n"
ACME, GLOBEX = Key("Tenant", None, "acme"), Key("Tenant", None, "globex")


def write(file: Path, *names: str, spec: str = "") -> None:
    file.write_text("---\n".join(TENANT.format(name=name, spec=spec) for name in names), encoding="utf-8")


def test_objects_of_a_faulty_file_know_why_it_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "acme.yaml", "acme")
    write(tmp_path / "globex.yaml", "globex")
    state = DesiredState([tmp_path], tmp_path / "none")
    assert not state.reload().refused
    write(tmp_path / "acme.yaml", "acme", spec="plam: x")
    found = state.reload()
    assert set(found.resources) == {ACME, GLOBEX}
    assert set(found.refused) == {ACME}
    assert found.refused[ACME] == (f"{found.problems[0]} Until then the object stays what the file said last.")
    write(tmp_path / "acme.yaml", "acme", spec="plam: x, domain: z")
    assert " 1 more in this file. Until" in state.reload().refused[ACME]
    write(tmp_path / "acme.yaml", "acme")
    assert not state.reload().refused


def test_a_faulty_file_that_was_never_good_has_no_objects(tmp_path: Path) -> None:
    write(tmp_path / "acme.yaml", "acme", spec="plam: x")
    found = DesiredState([tmp_path], tmp_path / "none").reload()
    assert found.problems
    assert not found.refused


def test_paths_are_checked(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "readme.md").write_text("x")
    (tmp_path / "deep" / ".hidden.yaml").write_text("x")
    with pytest.raises(InvalidInputError, match=r"folder .* holds no YAML.*Fix: name a folder"):
        check_paths([tmp_path])
    with pytest.raises(InvalidInputError, match=r"no file or folder .*nowhere\. Fix: check the path"):
        check_paths([tmp_path / "nowhere"])
    write(tmp_path / "deep" / "acme.yml", "acme")
    check_paths([tmp_path, tmp_path / "deep" / "acme.yml"])
    with pytest.raises(InvalidInputError, match="nowhere"):
        check_paths([tmp_path, tmp_path / "nowhere"])
