import pytest
from pydantic import ValidationError

from kvasir.resources import ConfigMap, ObjectMeta, Secret
from kvasir.resources.core import MAX_DATA_BYTES

META = ObjectMeta(name="a", namespace="b")


def test_contents_are_bytes_from_both_fields() -> None:
    config_map = ConfigMap(metadata=META, data={"a.md": "ä"}, binary_data={"b.png": "AP8="})
    assert config_map.contents == {"a.md": b"\xc3\xa4", "b.png": b"\x00\xff"}
    secret = Secret(metadata=META, data={"key": "c2Vj\ncmV0", "other": ""}, string_data={"key": "wins"})
    assert secret.contents == {"key": b"wins", "other": b""}


def test_values_of_a_secret_stay_out_of_its_representation() -> None:
    secret = Secret(metadata=META, data={"key": "c2VjcmV0"}, string_data={"token": "hunter2"})
    assert "c2VjcmV0" not in repr(secret)
    assert "hunter2" not in repr(secret)


def test_the_limit_of_kubernetes_counts_bytes_of_all_values() -> None:
    assert ConfigMap(metadata=META, data={"a": "x" * (MAX_DATA_BYTES - 3)}, binary_data={"b": "AAAA"})
    with pytest.raises(ValidationError, match="holds 1,048,577 bytes"):
        ConfigMap(metadata=META, data={"a": "x" * (MAX_DATA_BYTES - 2)}, binary_data={"b": "AAAA"})
    with pytest.raises(ValidationError, match="bytes"):
        Secret(metadata=META, string_data={"a": "ä" * (MAX_DATA_BYTES // 2), "b": "x"})


@pytest.mark.parametrize("value", ["secret!", "YQ", "YQ=", "ä"])
def test_data_must_be_base64(value: str) -> None:
    with pytest.raises(ValidationError, match="must be base64"):
        Secret(metadata=META, data={"key": value})
