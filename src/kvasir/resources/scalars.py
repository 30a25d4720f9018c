"""Bounded scalar types. A bound on every value keeps objects small and CEL rules cheap for the API server.

Numbers and flags are strict: `"3"` is not 3 and 1 is not true, here as in the API server. Patterns use the syntax that
Go's RE2 and pydantic's engine share. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
"""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BeforeValidator, Field, PlainSerializer, Strict, WithJsonSchema

NAME_PATTERN: Final = "^[a-z]([-a-z0-9]*[a-z0-9])?$"
LABEL_PATTERN: Final = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
OBJECT_NAME_PATTERN: Final = "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$"
KEY_PATTERN: Final = "^[-._a-zA-Z0-9]+$"
HOST_PATTERN: Final = r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
WEB_URL_PATTERN: Final = r"^https?://[^\s/@?#]+([/?#]\S*)?$"
GIT_URL_PATTERN: Final = r"^(https://[^\s/@]+/\S+|ssh://\S+|[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^\s]+)$"
REASON_PATTERN: Final = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"
LANGUAGE_PATTERN: Final = "^(auto|[a-z]{2,3}(-[A-Za-z0-9]{2,8})*)$"
CRON_PATTERN: Final = r"^\S+( +\S+){4}$"
TIME_ZONE_PATTERN: Final = "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$"
MONEY_PATTERN: Final = r"^[0-9]{1,9}(\.[0-9]{1,6})?$"
CURRENCY_PATTERN: Final = "^[A-Z]{3}$"
QUANTITY_PATTERN: Final = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)

SHAPES: Final = {
    NAME_PATTERN: "lower-case letters, digits and '-', starting with a letter and not ending in '-'",
    LABEL_PATTERN: "lower-case letters, digits and '-', not starting or ending with '-'",
    OBJECT_NAME_PATTERN: "lower-case letters, digits, '-' and '.', starting and ending with a letter or digit",
    KEY_PATTERN: "letters, digits, '-', '_' and '.'",
    HOST_PATTERN: "a host name in lower case without scheme, port or path, such as docs.example.com",
    WEB_URL_PATTERN: "an http or https URL without user name or password, such as https://docs.example.com/",
    GIT_URL_PATTERN: "a Git URL over https or ssh without a password, such as https://git.example.com/team/docs.git",
    REASON_PATTERN: "one CamelCase word",
    LANGUAGE_PATTERN: "'auto' or a BCP 47 language tag, such as en, de or pt-BR",
    CRON_PATTERN: "five cron fields (minute hour day month weekday), such as 0 3 * * *",
    TIME_ZONE_PATTERN: "a time zone of the tz database, such as Europe/Oslo",
    MONEY_PATTERN: "an amount such as 9.90",
    CURRENCY_PATTERN: "an ISO 4217 currency code, such as EUR",
    QUANTITY_PATTERN: "a Kubernetes quantity, such as 500m, 2 or 4Gi",
}
"""What each pattern asks for, in words: the second half of "must be ..."."""


def _number_to_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _rfc3339(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


Integer = Annotated[int, Strict()]
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Flag = Annotated[bool, Strict()]

Name = Annotated[str, Field(min_length=1, max_length=40, pattern=NAME_PATTERN)]
"""DNS-1035, at most 40 characters, so that names derived from it fit Kubernetes' 63."""
NamespaceName = Annotated[str, Field(min_length=1, max_length=63, pattern=LABEL_PATTERN)]
ObjectName = Annotated[str, Field(min_length=1, max_length=253, pattern=OBJECT_NAME_PATTERN)]
"""Name of an object of Kubernetes' own kinds, such as a ConfigMap."""
DataKey = Annotated[str, Field(min_length=1, max_length=253, pattern=KEY_PATTERN)]
Host = Annotated[str, Field(min_length=1, max_length=253, pattern=HOST_PATTERN)]
WebURL = Annotated[str, Field(min_length=1, max_length=2048, pattern=WEB_URL_PATTERN)]
GitURL = Annotated[str, Field(min_length=1, max_length=2048, pattern=GIT_URL_PATTERN)]
Line = Annotated[str, Field(max_length=253)]
"""One line of text: a title, a glob, a group, an address."""
Path = Annotated[str, Field(min_length=1, max_length=1024)]
Message = Annotated[str, Field(max_length=4096)]
Prompt = Annotated[str, Field(max_length=16384)]
LabelValue = Annotated[str, Field(max_length=63)]
AnnotationValue = Annotated[str, Field(max_length=16384)]
Count = Annotated[int, Strict(), Field(ge=0, le=2**53 - 1)]
"""A count that JavaScript's numbers can hold."""
Fraction = Annotated[float, Strict(), Field(ge=0, le=1, allow_inf_nan=False)]
Timestamp = Annotated[AwareDatetime, PlainSerializer(_rfc3339, when_used="json")]
"""RFC 3339."""
Quantity = Annotated[
    str,
    Field(min_length=1, max_length=32, pattern=QUANTITY_PATTERN),
    BeforeValidator(_number_to_text),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "maxLength": 32,
            "pattern": QUANTITY_PATTERN,
            "x-kubernetes-int-or-string": True,
        },
    ),
]
"""Kubernetes' resource.Quantity: cores or bytes with an optional suffix. A bare whole number is accepted too."""
