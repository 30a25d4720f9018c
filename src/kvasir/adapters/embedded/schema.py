"""Tables of a database file, and the number that says which release made them."""

from typing import Final

from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, inspect, select, update

from kvasir.errors import UnsupportedError

_VERSIONS: Final = Table("schema_version", MetaData(), Column("version", Integer, nullable=False))


def ensure_schema(connection: Connection, metadata: MetaData, version: int) -> None:
    """Creates what is missing, within the caller's transaction.

    A change that `create_all` cannot make (a new column) needs a step here, by stored version.
    """
    if not inspect(connection).has_table(_VERSIONS.name):
        _VERSIONS.create(connection)
        metadata.create_all(connection)
        connection.execute(insert(_VERSIONS).values(version=version))
        return
    stored = connection.execute(select(_VERSIONS.c.version)).scalar_one()
    if stored > version:
        raise UnsupportedError(
            f"This data directory was written by a newer Kvasir (schema {stored}, this one knows {version}). "
            "Install that version, or restore a backup made with this one."
        )
    if stored < version:
        metadata.create_all(connection)
        connection.execute(update(_VERSIONS).values(version=version))
