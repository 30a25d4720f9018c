from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvasir.ports.principal import Access, Principal, Scope
from kvasir.testing.builders import member, system

groups = st.frozensets(st.sampled_from(["hr", "sales", "board"]))


@pytest.mark.parametrize(
    ("reader", "access", "readable"),
    [
        (member(), None, True),
        (member("hr"), None, True),
        (member(), frozenset({"hr"}), False),
        (member("hr"), frozenset({"hr", "board"}), True),
        (member("sales"), frozenset({"hr", "board"}), False),
        (member("hr"), frozenset(), False),
        (system(), frozenset(), True),
        (system(), frozenset({"hr"}), True),
        (replace(member(), roles=frozenset({"admin"})), frozenset({"hr"}), False),
    ],
)
def test_who_may_read_what(reader: Principal, access: Access, readable: bool) -> None:
    assert reader.may_read(access) is readable


@given(groups, groups, st.none() | groups)
def test_equal_fingerprints_see_the_same(one: frozenset[str], other: frozenset[str], access: Access) -> None:
    first, second = member(*one), member(*other)
    if first.access_fingerprint == second.access_fingerprint:
        assert first.may_read(access) == second.may_read(access)


@given(groups)
def test_nobody_has_the_fingerprint_of_the_system(some: frozenset[str]) -> None:
    assert member(*some).access_fingerprint != system().access_fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [(member("*"), system()), (member(""), member()), (member("a\x1fb"), member("a", "b"))],
    ids=["the system's star", "an empty name", "the separator"],
)
def test_no_group_name_imitates_other_rights(one: Principal, other: Principal) -> None:
    assert one.access_fingerprint != other.access_fingerprint


def test_a_person_is_not_the_system_by_name() -> None:
    assert not replace(member("system"), subject="system:ingest").is_system
    assert system().is_system
    assert system("other").tenant == "other"


def test_a_credential_is_for_everything_unless_it_says_less() -> None:
    assert member().scopes == frozenset(Scope)


def test_a_principal_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        member().tenant = "evil"  # type: ignore[misc]
