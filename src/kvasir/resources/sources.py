"""Where the documents of a knowledge base come from."""

from typing import Annotated, ClassVar

from pydantic import Field

from kvasir.resources.containers import Identity, SetList
from kvasir.resources.meta import Empty, Model, SecretKeyReference, SecretReference
from kvasir.resources.rules import HTTP_START, Rule, exactly_one
from kvasir.resources.scalars import GitURL, Integer, Line, Name, ObjectName, Path, WebURL
from kvasir.resources.schedule import Schedule

Globs = SetList[Annotated[str, Field(min_length=1, max_length=253)]]
GLOBS_INCLUDED = "Globs of the paths to take, `**` crosses folders; absent means all."
GLOBS_EXCLUDED = "Globs of the paths to leave out, applied last."


class Access(Model):
    """Who may read: members of at least one group. Without groups, everybody in the tenant."""

    groups: SetList[Annotated[str, Field(min_length=1, max_length=253)]] = Field(
        default=(),
        max_length=64,
        description="Groups whose members may read.",
        examples=[["engineering"]],
    )


class InlineDocument(Model):
    path: Path = Field(description="Path that names the document in citations.", examples=["faq/returns.md"])
    text: Annotated[str, Field(max_length=262144)] = Field(description="Text, at most 262,144 code points.")
    access: Access | None = Field(default=None, description="Who may read this document.")


class InlineSource(Model):
    documents: Annotated[tuple[InlineDocument, ...], Identity("path")] = Field(
        min_length=1,
        max_length=128,
        description="Documents written into the resource itself.",
    )


class ConfigMapSource(Model):
    name: ObjectName = Field(
        description="Name of a ConfigMap in the same namespace; each key is a document.",
        examples=["handbook"],
    )


class VolumeSource(Model):
    claim_name: ObjectName = Field(
        description="Name of a PersistentVolumeClaim in the same namespace; on a laptop, of a folder given to "
        "`kvasir up --volume`.",
        examples=["docs"],
    )
    path: Path = Field(default=".", description="Folder within the volume. Links may not leave the volume.")
    include: Globs = Field(default=(), max_length=64, description=GLOBS_INCLUDED, examples=[["**/*.pdf"]])
    exclude: Globs = Field(default=(), max_length=64, description=GLOBS_EXCLUDED, examples=[["drafts/**"]])


class HTTPSource(Model):
    rules: ClassVar[tuple[Rule, ...]] = (HTTP_START,)
    urls: SetList[WebURL] = Field(
        default=(),
        max_length=64,
        description="Pages to start from; links on the same host below them are followed.",
        examples=[["https://docs.example.com/"]],
    )
    sitemap: WebURL | None = Field(
        default=None,
        description="Sitemap that lists the pages.",
        examples=["https://docs.example.com/sitemap.xml"],
    )
    include: Globs = Field(default=(), max_length=64, description="Globs of the URLs to take; absent means all.")
    exclude: Globs = Field(default=(), max_length=64, description="Globs of the URLs to leave out, applied last.")
    max_pages: Annotated[Integer, Field(ge=1, le=100_000)] = Field(default=1000, description="Most pages to fetch.")
    max_bytes: Annotated[Integer, Field(ge=1024, le=2**30)] = Field(
        default=52_428_800,
        description="Most bytes of one page; larger ones are reported and left out.",
    )
    timeout_seconds: Annotated[Integer, Field(ge=1, le=600)] = Field(
        default=30,
        description="Seconds to wait for one page.",
    )
    headers_secret_ref: SecretReference | None = Field(
        default=None,
        description="Secret whose keys and values are sent as headers to the hosts of `urls` and `sitemap`.",
    )


class GitSource(Model):
    url: GitURL = Field(
        description="Repository, over https or ssh.",
        examples=["https://git.example.com/team/docs.git"],
    )
    ref: Line = Field(default="HEAD", min_length=1, description="Branch, tag or commit.", examples=["main"])
    path: Path = Field(default=".", description="Folder within the repository.")
    include: Globs = Field(default=(), max_length=64, description=GLOBS_INCLUDED, examples=[["**/*.md"]])
    exclude: Globs = Field(default=(), max_length=64, description=GLOBS_EXCLUDED)
    credentials_secret_ref: SecretReference | None = Field(
        default=None,
        description="Secret with `username` and `password`, or `ssh-privatekey` and `known_hosts`.",
    )


class S3Source(Model):
    bucket: Annotated[str, Field(min_length=3, max_length=63)] = Field(description="Bucket.", examples=["acme-docs"])
    prefix: Annotated[str, Field(max_length=1024)] = Field(default="", description="Start of the keys to read.")
    endpoint: WebURL | None = Field(default=None, description="Endpoint of the service; absent means AWS.")
    region: Line = Field(default="us-east-1", min_length=1, description="Region.")
    include: Globs = Field(default=(), max_length=64, description=GLOBS_INCLUDED)
    exclude: Globs = Field(default=(), max_length=64, description=GLOBS_EXCLUDED)
    credentials_secret_ref: SecretReference | None = Field(
        default=None,
        description="Secret with `access-key-id` and `secret-access-key`; absent reads without credentials.",
    )


class SQLSource(Model):
    connection_secret_ref: SecretKeyReference = Field(
        description="Secret value with the SQLAlchemy URL of the database; a read-only role is enough.",
    )
    query: Annotated[str, Field(min_length=1, max_length=16384)] = Field(
        description="One SELECT statement; each row is a document.",
        examples=["SELECT slug, body FROM articles"],
    )
    path_column: Line = Field(default="path", min_length=1, description="Column that names the document; unique.")
    text_column: Line = Field(default="text", min_length=1, description="Column with the text.")
    groups_column: Line | None = Field(
        default=None,
        description="Column with the groups that may read the document, separated by commas.",
    )
    timeout_seconds: Annotated[Integer, Field(ge=1, le=3600)] = Field(
        default=300,
        description="Seconds that the query may take.",
    )


class Source(Model):
    """One place of documents. Exactly one of inline, configMap, volume, http, git, upload, s3 and sql is set."""

    rules: ClassVar[tuple[Rule, ...]] = (
        exactly_one("inline", "config_map", "volume", "http", "git", "upload", "s3", "sql"),
    )
    name: Name = Field(description="Name within the knowledge base.", examples=["pages"])
    inline: InlineSource | None = Field(default=None, description="Documents in the resource itself.")
    config_map: ConfigMapSource | None = Field(default=None, description="Documents in a ConfigMap.")
    volume: VolumeSource | None = Field(default=None, description="Files of a volume.")
    http: HTTPSource | None = Field(default=None, description="Pages of web sites.")
    git: GitSource | None = Field(default=None, description="Files of a Git repository.")
    upload: Empty | None = Field(default=None, description="Documents that users upload; `{}`.")
    s3: S3Source | None = Field(default=None, description="Objects of an S3-compatible store.")
    sql: SQLSource | None = Field(default=None, description="Rows of a database.")
    access: Access | None = Field(
        default=None,
        description="Who may read this source's documents, unless a document says otherwise.",
    )
    schedule: Schedule | None = Field(
        default=None,
        description="When to look for changes; absent means the knowledge base's schedule.",
    )
