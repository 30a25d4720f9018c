"""Ten thousand bodies that nobody in their right mind sends: each is answered, none is our fault."""

import random
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import orjson
import pytest
from gateway_testbed import QUESTION, Platform, question

ROUNDS: Final = 20
BODIES: Final = 500

CHAT: Final = question(QUESTION) | {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
        {"role": "assistant", "content": "Hello", "annotations": []},
        {"role": "user", "content": QUESTION, "name": "ada"},
    ],
    "stream_options": {"include_usage": True},
    "stream": True,
    "temperature": 0.5,
    "top_p": 1,
    "max_tokens": 7,
    "stop": ["a"],
    "seed": 1,
    "metadata": {"a": "b"},
    "n": 1,
    "tools": [],
    "response_format": {"type": "text"},
    "user": "ada",
}
SEARCH: Final = {
    "query": ["paid leave"],
    "filters": {
        "type": "and",
        "filters": [
            {"type": "ne", "key": "kind", "value": "note"},
            {"type": "or", "filters": [{"type": "nin", "key": "year", "value": [2025, "x", True]}]},
        ],
    },
    "max_num_results": 3,
    "ranking_options": {"ranker": "auto", "score_threshold": 0.0},
    "rewrite_query": False,
}
ATTACH: Final = {"file_id": "FILE", "attributes": {"kind": "note", "year": 2026}, "chunking_strategy": {"type": "auto"}}
FORM: Final = (
    b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nassistants\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\nContent-Type: text/markdown\r\n\r\n'
    b"Some text.\r\n--b--\r\n"
)

TEXTS: Final = (
    "", " ", "\x00", "x", "assistant", "handbook", "é", "日本語", "𝔘", "\u202e", "a" * 3000, "..", "/", "%00", "null",
    "user", "tool", "eq", "in", "and", "<comparison>", "text", "-1", "1e999", "\ufeff", "' OR 1=1 --", "${x}",
)  # fmt: skip
NUMBERS: Final = (0, 1, -1, 2**31, 2**53, 2**63, 2**64, -(2**64), 0.1, -0.0, 1e308, -1e308, 5e-324, 51, 17)
RAW: Final = (
    b"", b" ", b"null", b"true", b"0", b'"', b"{", b"}", b"[]", b"{}", b"[[]]", b'{"a":', b"NaN", b"Infinity", b"1e999",
    b"\xff\xfe", b'"\\ud800"', b'{"model":1e999}', b"[" * 5000, b'{"a":' * 2000, b"0" * 5000, b"\x00" * 100, b"9" * 400,
    b'{"model":"assistant","model":"assistant","messages":1}',
)  # fmt: skip


class Maker:
    """Seeded, so that a failure can be had again."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def value(self, depth: int = 0) -> Any:
        choice = self.random.randrange(7 if depth < 4 else 4)
        match choice:
            case 0:
                return self.random.choice(TEXTS)
            case 1:
                return self.random.choice(NUMBERS)
            case 2:
                return self.random.choice((True, False, None))
            case 3:
                return "".join(chr(self.random.randrange(1, 0xD7FF)) for _ in range(self.random.randrange(12)))
            case 4:
                return [self.value(depth + 1) for _ in range(self.random.randrange(5))]
            case _:
                return {self.random.choice(TEXTS): self.value(depth + 1) for _ in range(self.random.randrange(5))}

    def changed(self, value: Any, likely: float) -> Any:
        """Mostly the same, with something wrong here and there."""
        if self.random.random() < likely:
            return self.value()
        if isinstance(value, dict):
            kept = {
                (self.random.choice(TEXTS) if self.random.random() < likely / 4 else key): self.changed(one, likely)
                for key, one in value.items()
                if self.random.random() > likely
            }
            return kept | ({self.random.choice(TEXTS): self.value()} if self.random.random() < likely / 4 else {})
        if isinstance(value, list):
            return [self.changed(one, likely) for one in value for _ in range(self.random.choice((1, 1, 1, 0, 2)))]
        return value

    def body(self, valid: Any) -> bytes:
        kind = self.random.random()
        if kind < 0.1:
            return self.random.choice(RAW)
        likely = self.random.choice((0.01, 0.05, 0.2, 0.9))
        changed = self.changed(valid, likely)
        content = orjson.dumps(changed, default=str) if encodable(changed) else b"{}"
        return self.damaged(content) if kind < 0.3 else content

    def damaged(self, content: bytes) -> bytes:
        broken = bytearray(content)
        for _ in range(self.random.randrange(1, 4)):
            if broken:
                place = self.random.randrange(len(broken))
                broken[place : place + self.random.randrange(3)] = self.random.randbytes(self.random.randrange(3))
        return bytes(broken)

    def query(self) -> dict[str, str]:
        names = ("limit", "order", "after", "before", "filter", "purpose", "x")
        texts = (*TEXTS[:8], "1", "asc", "desc", "100", "101")
        return {self.random.choice(names): self.random.choice(texts) for _ in range(self.random.randrange(4))}


def encodable(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:  # an integer over 64 bits
        return False
    return True


Request = tuple[str, str, dict[str, Any]]
JSON: Final = {"content-type": "application/json"}


def requests(maker: Maker, file: str) -> dict[str, Callable[[], Request]]:
    """One maker per operation that reads something."""
    attach = ATTACH | {"file_id": file}
    store = "/v1/vector_stores/handbook"

    def path() -> str:
        kept = maker.random.choice(
            ("/v1/files/{}", "/v1/models/{}", "/v1/vector_stores/{}", f"{store}/files/{{}}", "/{}")
        )
        text = maker.random.choice((*TEXTS, maker.value(4))) or "x"
        return kept.format(quote(str(text)[:200], safe="%./"))

    return {
        "chat": lambda: ("POST", "/v1/chat/completions", {"content": maker.body(CHAT), "headers": JSON}),
        "search": lambda: ("POST", f"{store}/search", {"content": maker.body(SEARCH), "headers": JSON}),
        "attach": lambda: ("POST", f"{store}/files", {"content": maker.body(attach), "headers": JSON}),
        "list": lambda: ("GET", f"{store}/files", {"params": maker.query()}),
        "files": lambda: ("GET", "/v1/files", {"params": maker.query()}),
        "paths": lambda: (maker.random.choice(("GET", "DELETE", "POST")), path(), {}),
        "form": lambda: (
            "POST",
            "/v1/files",
            {"content": maker.damaged(FORM), "headers": {"content-type": "multipart/form-data; boundary=b"}},
        ),
    }


WEIGHTS: Final = {"chat": 45, "search": 25, "attach": 10, "list": 3, "files": 2, "paths": 10, "form": 5}


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_no_body_is_our_fault(platform: Platform, seed: int) -> None:
    maker = Maker(seed)
    statuses: dict[int, int] = {}
    async with platform.client() as client:
        form = {"file": ("fuzz.md", b"x")}
        file = (await client.post("/v1/files", files=form, data={"purpose": "assistants"})).json()["id"]
        makers = requests(maker, file)
        assert set(makers) == set(WEIGHTS)
        for name in maker.random.choices(list(WEIGHTS), list(WEIGHTS.values()), k=BODIES):
            method, path, given = makers[name]()
            response = await client.request(method, path, **given)
            statuses[response.status_code] = statuses.get(response.status_code, 0) + 1
            assert response.status_code < 500, (name, path, given, response.text)
            if response.status_code >= 400:
                error = response.json()["error"]
                assert set(error) == {"message", "type", "code", "param", "request_id"}
                assert error["message"]
            else:
                assert '"error":' not in response.text.split("\n\n")[-2 if "data:" in response.text else 0]
    assert statuses[200] > BODIES / 10  # not everything is refused at the door
    assert statuses[400] > BODIES / 5


def test_they_are_ten_thousand() -> None:
    assert ROUNDS * BODIES == 10_000
