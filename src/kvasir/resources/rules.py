"""Cross-field and immutability rules, each written once: a predicate for Python, the same in CEL for the API server.

Models list their rules; `meta.Model` runs the predicates, `crd` writes the CEL into the CRDs, and the tests run both
over the same cases. Paths and CEL use YAML's names. https://kubernetes.io/docs/reference/using-api/cel/
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from kvasir.resources.casing import camel
from kvasir.resources.scalars import NAME_PATTERN, SHAPES


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold between the fields of one object.

    Attributes:
        cel: the rule for the API server; `self` is the object.
        message: what must hold; `({field})` at its end shows a value to the reader of a file, and is left out of the CRD.
        fix: what to do about it.
        holds: the rule for Python; gets the model.
        path: the field to blame, in YAML's spelling; empty blames the object.
        reason: one of the API server's four reasons.
    """

    cel: str
    message: str
    fix: str
    holds: Callable[[Any], bool]
    path: str = ""
    reason: str = "FieldValueInvalid"
    members: tuple[str, ...] = ()

    def describe(self, model: Any) -> str:
        """Return the message with the values that it shows."""
        return self.message.format_map({field: getattr(model, field) for field in re.findall(r"{(\w+)}", self.message)})

    @property
    def validation(self) -> dict[str, str]:
        """The rule as an entry of `x-kubernetes-validations`; the message goes without values and with the fix."""
        message = re.sub(r" [(]{.*", "", self.message)
        return _validation(self.cel, f"{message}. {self.fix}", self.path) | {"reason": self.reason}


@dataclass(frozen=True, slots=True)
class Transition:
    """What an update may not do. It stands on a required object, since the API server skips it where a value is new.

    Attributes:
        cel: the rule for the API server; `oldSelf` is the stored object, `self` the new one.
        message: what must hold.
        fix: what to do instead.
        allowed: the rule for Python; gets the stored and the new model.
        path: the field to blame, in YAML's spelling; empty blames the object.
    """

    cel: str
    message: str
    fix: str
    allowed: Callable[[Any, Any], bool]
    path: str = ""

    @property
    def validation(self) -> dict[str, str]:
        """The rule as an entry of `x-kubernetes-validations`."""
        return _validation(self.cel, f"{self.message}. {self.fix}", self.path)


def _validation(cel: str, message: str, path: str) -> dict[str, str]:
    return {"rule": cel, "message": message} | ({"fieldPath": f".{path}"} if path else {})


def exactly_one(*fields: str) -> Rule:
    """Return the rule of a union: exactly one of these fields (Python's spelling) is set, be it to `{}`."""
    members = tuple(map(camel, fields))
    return Rule(
        cel=f"[{', '.join(f'has(self.{member})' for member in members)}].exists_one(x, x)",
        message=f"must set exactly one of {', '.join(members)}",
        fix="Set one of them, and only one.",
        holds=lambda model: sum(getattr(model, field) is not None for field in fields) == 1,
        members=members,
    )


def immutable(field: str, *, fix: str) -> Transition:
    """Return the rule that an optional field never changes, appears or vanishes."""
    name = camel(field)
    return Transition(
        cel=f"has(self.{name}) == has(oldSelf.{name}) && (!has(self.{name}) || self.{name} == oldSelf.{name})",
        message="cannot be changed",
        fix=fix,
        allowed=lambda old, new: getattr(old, field) == getattr(new, field),
        path=name,
    )


def frozen(*, fix: str) -> Transition:
    """Return the rule that a whole object never changes."""
    return Transition(
        cel="self == oldSelf",
        message="cannot be changed",
        fix=fix,
        allowed=lambda old, new: old == new,
    )


def same_member(*fields: str, fix: str) -> Transition:
    """Return the rule that a union keeps its member; what stands inside the member may change."""
    members = tuple(map(camel, fields))
    return Transition(
        cel=" && ".join(f"has(self.{member}) == has(oldSelf.{member})" for member in members),
        message=f"cannot change from one of {', '.join(members)} to another",
        fix=fix,
        allowed=lambda old, new: all((getattr(old, f) is None) == (getattr(new, f) is None) for f in fields),
    )


RESOURCE_NAME: Final = Rule(
    cel=f"self.metadata.name.size() <= 40 && self.metadata.name.matches('{NAME_PATTERN}')",
    message=f"must be at most 40 {SHAPES[NAME_PATTERN]}",
    fix="Rename the object.",
    holds=lambda resource: (
        len(resource.metadata.name) <= 40 and bool(re.fullmatch(NAME_PATTERN[1:-1], resource.metadata.name))
    ),
    path="metadata.name",
)
SPLITTING_OVERLAP: Final = Rule(
    cel="self.overlap * 2 < self.size",
    message="must be less than half of size ({size})",
    fix="Lower overlap or raise size.",
    holds=lambda splitting: splitting.overlap * 2 < splitting.size,
    path="overlap",
)
REPLICA_RANGE: Final = Rule(
    cel="self.minReplicas <= self.maxReplicas",
    message="must not be below minReplicas ({min_replicas})",
    fix="Raise maxReplicas or lower minReplicas.",
    holds=lambda scaling: scaling.min_replicas <= scaling.max_replicas,
    path="maxReplicas",
)
RESERVED_LABELS: Final = Rule(
    cel="!has(self.labels) || self.labels.all(k, !k.startsWith('kvasir.dev/') && !k.startsWith('app.kubernetes.io/'))",
    message="must not set labels of kvasir.dev/ or app.kubernetes.io/",
    fix="Remove them; Kvasir sets them itself.",
    holds=lambda pod: not any(k.startswith(("kvasir.dev/", "app.kubernetes.io/")) for k in pod.labels),
    path="labels",
    reason="FieldValueForbidden",
)
RESERVED_ANNOTATIONS: Final = Rule(
    cel="!has(self.annotations) || self.annotations.all(k, !k.startsWith('kvasir.dev/'))",
    message="must not set annotations of kvasir.dev/",
    fix="Remove them; Kvasir sets them itself.",
    holds=lambda pod: not any(k.startswith("kvasir.dev/") for k in pod.annotations),
    path="annotations",
    reason="FieldValueForbidden",
)
TOLERATION_VALUE: Final = Rule(
    cel="self.operator != 'Exists' || !has(self.value)",
    message="must be absent when operator is Exists",
    fix="Remove value, or use operator Equal.",
    holds=lambda toleration: toleration.operator != "Exists" or toleration.value is None,
    path="value",
    reason="FieldValueForbidden",
)
TOLERATION_KEY: Final = Rule(
    cel="self.operator != 'Equal' || has(self.key)",
    message="must be set when operator is Equal",
    fix="Add key, or use operator Exists to tolerate everything.",
    holds=lambda toleration: toleration.operator != "Equal" or toleration.key is not None,
    path="key",
    reason="FieldValueRequired",
)
HTTP_START: Final = Rule(
    cel="has(self.sitemap) || (has(self.urls) && self.urls.size() > 0)",
    message="must set urls, sitemap or both",
    fix="Name at least one page to start from.",
    holds=lambda http: bool(http.urls) or http.sitemap is not None,
    reason="FieldValueRequired",
)
GOLDEN_THRESHOLD: Final = Rule(
    cel="!has(self.goldenThreshold) || (has(self.goldenQuestions) && self.goldenQuestions.size() > 0)",
    message="needs goldenQuestions",
    fix="Add goldenQuestions, or remove goldenThreshold.",
    holds=lambda spec: spec.golden_threshold is None or bool(spec.golden_questions),
    path="goldenThreshold",
)
BILLED_OVERAGE: Final = Rule(
    cel="self.overage != 'Bill' || has(self.price)",
    message="Bill needs a price",
    fix="Add price, or use overage Block.",
    holds=lambda plan: plan.overage != "Bill" or plan.price is not None,
    path="overage",
)
EVALUATION_QUESTIONS: Final = Rule(
    cel="has(self.questionsFrom) || (has(self.questions) && self.questions.size() > 0)",
    message="must set questions, questionsFrom or both",
    fix="Add at least one question.",
    holds=lambda spec: bool(spec.questions) or spec.questions_from is not None,
    reason="FieldValueRequired",
)
EVALUATION_THRESHOLDS: Final = Rule(
    cel="!has(self.thresholds) || self.thresholds.all(t, t.metric in self.metrics)",
    message="names a metric that is not measured",
    fix="List every threshold's metric under metrics.",
    holds=lambda spec: all(threshold.metric in spec.metrics for threshold in spec.thresholds),
    path="thresholds",
)


def served_roles(field: str, *roles: str) -> Rule:
    """Return the rule which roles a DataStore of this technology can serve."""
    member = camel(field)
    listed = ", ".join(f"'{role}'" for role in roles)
    return Rule(
        cel=f"!has(self.{member}) || self.roles.all(r, r in [{listed}])",
        message=f"must be among {', '.join(roles)} for {member}",
        fix="Remove the others; another DataStore can serve them.",
        holds=lambda spec: getattr(spec, field) is None or all(role in roles for role in spec.roles),
        path="roles",
    )
