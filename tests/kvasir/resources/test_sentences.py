import pytest

from kvasir.resources import InvalidResourceError, load_yaml
from kvasir.resources.sentences import closest, written

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b}\n"


@pytest.mark.parametrize(
    ("word", "near"),
    [("overlapp", "overlap"), ("OVERLAP", "overlap"), ("displayname", "displayName"), ("zebra", None)],
)
def test_a_misspelt_word_finds_its_neighbour(word: str, near: str | None) -> None:
    assert closest(word, ["overlap", "size", "displayName"]) == near


def test_paths_read_as_people_write_them() -> None:
    assert written(("spec", "sources", 1, "http", "urls", 0)) == "spec.sources[1].http.urls[0]"
    assert written(()) == ""


@pytest.mark.parametrize(
    "fields",
    ["stringData: {password: 271828}", "data: {password: 271828}", "data: {password: hunter2!}", "type: [hunter2]"],
)
def test_messages_never_repeat_a_secret(fields: str) -> None:
    with pytest.raises(InvalidResourceError) as caught:
        load_yaml(SECRET + fields, file="secret.yaml")
    assert "271828" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
