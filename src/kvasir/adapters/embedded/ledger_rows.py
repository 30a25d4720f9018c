"""Ledger rows to port values and back."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import ColumnElement, FromClause, Row, Table, Text, bindparam, func, select
from sqlalchemy.dialects.sqlite import Insert, insert

from kvasir.ports.documents import (
    Document,
    Generation,
    GenerationState,
    IndexOutcome,
    IndexState,
    Run,
    RunState,
)
from kvasir.ports.principal import Principal

Values = dict[str, Any]


def scope(principal: Principal, knowledge_base: str) -> Values:
    """The columns that lead every key, for inserts."""
    return {"tenant": principal.tenant, "knowledge_base": knowledge_base}


def where(principal: Principal, knowledge_base: str, **others: object) -> Values:
    """The parameters of `within`, and others."""
    return {"in_tenant": principal.tenant, "in_base": knowledge_base, **others}


def within(table: FromClause) -> ColumnElement[bool]:
    """The condition that every statement over a ledger table begins with; `where` has its parameters.

    Statements are built once, with parameters: building and hashing one costs 200 us, running it 50.
    """
    return (table.c.tenant == bindparam("in_tenant")) & (table.c.knowledge_base == bindparam("in_base"))


def among(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """Whether the column is one of any number of strings, given as one parameter: `listed` of them."""
    return column.in_(select(func.json_each(bindparam(parameter, type_=Text)).table_valued("value").c.value))


def listed(values: Iterable[str]) -> str:
    return orjson.dumps(list(values)).decode()


def upsert(table: Table) -> Insert:
    """Inserts rows, or updates those whose key exists, in place: replacing one would take what refers to it along."""
    statement = insert(table)
    changes = {column.name: column for column in statement.excluded if not table.c[column.name].primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes)


def document_values(document: Document) -> Values:
    return {
        "id": document.id,
        "source": document.source,
        "path": document.path,
        "version": document.version,
        "size": document.size,
        "media_type": document.media_type,
        "blob": document.blob,
        "access": document.access,
        "attributes": document.attributes,
        "validators": document.validators,
        "modified": document.modified,
    }


def document_of(row: Row[Any]) -> Document:
    return Document(
        id=row.id,
        source=row.source,
        path=row.path,
        version=row.version,
        size=row.size,
        media_type=row.media_type,
        blob=row.blob,
        access=row.access,
        attributes=row.attributes,
        validators=row.validators,
        modified=row.modified,
    )


def outcome_values(outcome: IndexOutcome) -> Values:
    return {
        "document": outcome.document,
        "version": outcome.version,
        "state": outcome.state.value,
        "passages": outcome.passages,
        "reason": outcome.reason,
        "message": outcome.message,
        "title": outcome.title,
        "attributes": outcome.attributes,
        "access": outcome.access,
        "warnings": outcome.warnings,
    }


def outcome_of(row: Row[Any]) -> IndexOutcome:
    """From the columns of an outcome, each labelled `outcome_...` because documents have the same names."""
    return IndexOutcome(
        document=row.outcome_document,
        version=row.outcome_version,
        state=IndexState(row.outcome_state),
        passages=row.outcome_passages,
        reason=row.outcome_reason,
        message=row.outcome_message,
        title=row.outcome_title,
        attributes=row.outcome_attributes,
        access=row.outcome_access,
        warnings=tuple(row.outcome_warnings),
    )


def generation_of(row: Row[Any]) -> Generation:
    return Generation(
        number=row.number,
        fingerprint=row.fingerprint,
        settings=row.settings,
        state=GenerationState(row.state),
        revision=row.revision,
        active=row.active,
        created=row.created,
        reason=row.reason,
        message=row.message,
    )


def run_values(run: Run) -> Values:
    return {
        "id": run.id,
        "generation": run.generation,
        "state": run.state.value,
        "started": run.started,
        "heartbeat": run.heartbeat,
        "finished": run.finished,
        "step": run.step,
        "counts": run.counts,
        "reason": run.reason,
        "message": run.message,
    }


def run_of(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        generation=row.generation,
        state=RunState(row.state),
        started=row.started,
        heartbeat=row.heartbeat,
        finished=row.finished,
        step=row.step,
        counts=row.counts,
        reason=row.reason,
        message=row.message,
    )
