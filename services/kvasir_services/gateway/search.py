"""`POST /v1/vector_stores/{id}/search`."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from kvasir.ports.principal import Scope
from kvasir.rag.retrieval import Hit
from kvasir_services.gateway.attribute_schemas import FilterBody, filter_of
from kvasir_services.gateway.file_ids import file_ids
from kvasir_services.gateway.operations import Operation
from kvasir_services.gateway.replies import json_reply
from kvasir_services.gateway.runtime import CurrentCall

_LONGEST_QUERY: Final = 4_096
_MOST_QUERIES: Final = 10
_QUERY_SCHEMA: Final = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": _MOST_QUERIES}]
}


def _listed(value: object) -> object:
    """One query is blamed under its own name, not as the first of a list."""
    return [_not_blank(value)] if isinstance(value, str) else value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("blank", "The query is empty.")
    return value


class RankingOptions(BaseModel):
    """`ranker` has no effect: there is one ranking."""

    model_config = ConfigDict(extra="forbid")

    ranker: Literal["none", "auto", "default-2024-11-15"] | None = None
    score_threshold: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)


class SearchBody(BaseModel):
    """Several queries find the best of all of them. `rewrite_query` has no effect."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=_LONGEST_QUERY), AfterValidator(_not_blank)]],
        BeforeValidator(_listed),
        WithJsonSchema(_QUERY_SCHEMA),
    ] = Field(min_length=1, max_length=_MOST_QUERIES)
    filters: FilterBody | None = None
    max_num_results: int = Field(default=10, ge=1, le=50)
    ranking_options: RankingOptions | None = None
    rewrite_query: StrictBool | None = None


@dataclass(frozen=True, slots=True)
class Content:
    text: str
    type: str = "text"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`filename` is the document's path in its source."""

    file_id: str
    filename: str
    score: float
    attributes: Mapping[str, str | float | bool]
    content: Sequence[Content]


@dataclass(frozen=True, slots=True)
class SearchPage:
    search_query: Sequence[str]
    data: Sequence[SearchResult]
    has_more: bool = False
    next_page: str | None = None
    object: str = "vector_store.search_results.page"


async def search_vector_store(vector_store_id: str, body: SearchBody, call: CurrentCall) -> Response:
    """The best passages, best first."""
    catalogue = await call.catalogue()
    entry = catalogue.knowledge_base(vector_store_id)
    condition = filter_of(body.filters)
    found = await asyncio.gather(
        *(
            call.runtime.engine.search(
                call.principal,
                [entry.name],
                query,
                call.deadline,
                limit=body.max_num_results,
                condition=condition,
            )
            for query in body.query
        )
    )
    threshold = (body.ranking_options.score_threshold if body.ranking_options else None) or 0.0
    hits = [hit for hit in best(found)[: body.max_num_results] if published_score(hit) >= threshold]
    places = {(entry.name, hit.document.source, hit.document.id) for hit in hits}
    names = await file_ids(call, catalogue, places)
    return json_reply(SearchPage(body.query, [_result(hit, names) for hit in hits]))


def published_score(hit: Hit) -> float:
    """In [0, 1]. The only place that turns what orders hits into what clients see."""
    return hit.relevance


def best(found: Sequence[Sequence[Hit]]) -> Sequence[Hit]:
    """Hits of several queries in one order, each passage once, with its best score."""
    if len(found) == 1:
        return found[0]
    chosen: dict[tuple[str, ...], Hit] = {}
    for hit in sorted((hit for hits in found for hit in hits), key=lambda hit: -hit.score):
        chosen.setdefault((hit.snapshot.knowledge_base, str(hit.passage.id)), hit)
    return list(chosen.values())


def _result(hit: Hit, names: Mapping[str, str]) -> SearchResult:
    document = hit.document
    return SearchResult(
        file_id=names.get(document.id, document.id),
        filename=document.path,
        score=published_score(hit),
        attributes=document.attributes,
        content=[Content(hit.passage.text)],
    )


OPERATIONS: Final = (
    Operation(
        "POST",
        "/v1/vector_stores/{vector_store_id}/search",
        search_vector_store,
        Scope.SEARCH,
        response=SearchPage,
        body=SearchBody,
        hot=True,
    ),
)
