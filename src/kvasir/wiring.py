"""The composition root: the only place where adapters meet the rest. Nothing is built at import."""

import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson

from kvasir.adapters.embedded.api_keys import SqliteApiKeys
from kvasir.adapters.embedded.blobs import FolderBlobs
from kvasir.adapters.embedded.caches import MemoryCache
from kvasir.adapters.embedded.ledger import Ledger
from kvasir.adapters.embedded.passages import FilePassages
from kvasir.adapters.models.onnx_embedder import open_onnx_embedder
from kvasir.adapters.models.onnx_export import export_onnx
from kvasir.adapters.models.torch_embedder import open_torch_embedder
from kvasir.adapters.openai.chat_model import OpenAIChatModel
from kvasir.adapters.openai.connection import OpenAIConnection
from kvasir.adapters.openai.embedder import OpenAIEmbedder
from kvasir.adapters.parsers.reader import ReadingLimits, SandboxedReader
from kvasir.adapters.sources.addresses import GuardedTransport, NetworkPolicy
from kvasir.adapters.sources.git import GitSource, Repository
from kvasir.adapters.sources.git_command import GitCredentials
from kvasir.adapters.sources.http import HTTPSource, WebSite
from kvasir.adapters.sources.mapping import MappingSource
from kvasir.adapters.sources.selection import Selection
from kvasir.adapters.sources.volume import VolumeSource
from kvasir.errors import NotFoundError, UnsupportedError
from kvasir.ingestion.uploads import Uploads, UploadSource
from kvasir.ingestion.workbench import IndexTools, Stores
from kvasir.planning import chat_deployment
from kvasir.ports.api_keys import ApiKeys
from kvasir.ports.caches import Cache
from kvasir.ports.chat_model import ChatModel
from kvasir.ports.embedder import Embedder
from kvasir.ports.principal import Access as Readers
from kvasir.ports.principal import Principal
from kvasir.ports.sources import Source
from kvasir.rag.engine import Catalogue, Deployment, Engine, KnowledgeBaseEntry
from kvasir.rag.generation import ANSWER_TOKENS
from kvasir.rag.splitting import StructureSplitter
from kvasir.resources import READY, ChatDeployment, ConfigMap, KnowledgeBase, Resource, Secret, Tenant
from kvasir.resources.embedding import Embedding, Precision
from kvasir.resources.grounding import Grounding
from kvasir.resources.meta import SecretKeyReference, SecretReference
from kvasir.resources.sources import Access
from kvasir.resources.sources import GitSource as GitSourceSpec
from kvasir.resources.sources import HTTPSource as HTTPSourceSpec
from kvasir.resources.sources import Source as SourceSpec
from kvasir.text.analysis import VERSION as ANALYSER_VERSION
from kvasir.text.instructions.detector import VERSION as INSTRUCTIONS_VERSION

_CACHE_BYTES: Final = 64 << 20
_PARSER_MEMORY: Final = 768 << 20


@dataclass(frozen=True, slots=True)
class EmbeddedStores:
    """All stores of one data directory. One process may write passages; any number may read."""

    stores: Stores
    api_keys: ApiKeys
    cache: Cache
    uploads: Uploads
    close: Callable[[], Awaitable[None]]


def open_embedded_stores(directory: Path) -> EmbeddedStores:
    """Opens or creates the stores of a data directory. Blocks for some milliseconds.

    Raises UnavailableError, ExhaustedError, CorruptDataError, UnsupportedError (a newer schema).
    """
    ledger = Ledger.open(directory)
    api_keys = SqliteApiKeys.open(directory)
    passages = FilePassages(directory / "passages")
    blobs = FolderBlobs(directory / "blobs")

    async def close() -> None:
        await passages.close()
        await api_keys.close()
        await ledger.close()

    return EmbeddedStores(
        stores=Stores(ledger.documents, ledger.generations, passages, blobs),
        api_keys=api_keys,
        cache=MemoryCache(max_bytes=_CACHE_BYTES),
        uploads=Uploads(blobs),
        close=close,
    )


def open_reader(scratch: Path, *, processes: int) -> SandboxedReader:
    """Parser processes; they start with the first document."""
    return SandboxedReader(scratch, processes=processes, limits=ReadingLimits(memory=_PARSER_MEMORY))


def generation_settings(resource: KnowledgeBase) -> str:
    """Canonical JSON of everything that an index generation of this resource is built with, and under `engine` how its model is run."""
    spec = resource.spec
    settings = {
        "analyser": ANALYSER_VERSION,
        "instructions": INSTRUCTIONS_VERSION,
        "reader": SandboxedReader.fingerprint,
        "parsing": spec.parsing.model_dump(mode="json", exclude={"limits"}),
        "splitting": spec.splitting.model_dump(mode="json"),
        "embedding": spec.embedding.identity,
        "engine": spec.embedding.model_dump(mode="json"),
    }
    return orjson.dumps(settings, option=orjson.OPT_SORT_KEYS).decode()


def export_model(model: str, folder: Path, *, int8: bool) -> Path:
    """As `adapters.models.onnx_export.export_onnx`."""
    return export_onnx(model, folder, int8=int8)


SecretsOf = Callable[[str], Mapping[str, Secret]]
"""A tenant's Secrets by name."""


class IndexToolbox:
    """Tools of a generation from its settings. Models are loaded once per process."""

    def __init__(self, secrets: SecretsOf = lambda _: {}, network: NetworkPolicy | None = None) -> None:
        self._secrets = secrets
        self._network = network
        self._embedders: dict[tuple[str, str], Embedder] = {}

    def tools(self, tenant: str, settings: str) -> IndexTools:
        """Splitter and model of a generation.

        Raises UnsupportedError, naming what to install, when a model cannot be run here; NotFoundError for one that
        does not exist, or whose Secret does not.
        """
        splitting = orjson.loads(settings)["splitting"]
        splitter = StructureSplitter(size=splitting["size"], overlap=splitting["overlap"])
        return IndexTools(splitter, self.embedder(tenant, settings))

    def embedder(self, tenant: str, settings: str) -> Embedder | None:
        """The model of a generation; None for `none: {}`."""
        spec = Embedding.model_validate(orjson.loads(settings)["engine"])
        if spec.none is not None:
            return None
        # Local models are shared by all tenants; a remote one speaks with the tenant's own key.
        key = (tenant if spec.openai_compatible is not None else "", spec.model_dump_json())
        if key not in self._embedders:
            self._embedders[key] = self._open(tenant, spec)
        return self._embedders[key]

    def _open(self, tenant: str, spec: Embedding) -> Embedder:
        if spec.sentence_transformers is not None:
            return open_torch_embedder(spec.sentence_transformers.model, spec.sentence_transformers.revision)
        if spec.onnx is not None:
            return open_onnx_embedder(spec.onnx.model, spec.onnx.revision, int8=spec.onnx.precision is Precision.INT8)
        if spec.openai_compatible is not None:
            remote = spec.openai_compatible
            key = secret_value(self._secrets(tenant), remote.api_key_secret_ref)
            connection = open_connection(str(remote.endpoint), key, self._network)
            return OpenAIEmbedder(connection, remote.model, remote.dimensions, batch_size=remote.batch_size)
        raise UnsupportedError("This version of Kvasir does not know the embedding's type.")


def open_connection(endpoint: str, key: str | None, network: NetworkPolicy | None) -> OpenAIConnection:
    """To a model's server, at addresses that the platform permits alone; they are checked after DNS."""
    return OpenAIConnection(endpoint, key, transport=GuardedTransport(network or NetworkPolicy()))


def secret_value(secrets: Mapping[str, Secret], reference: SecretKeyReference | None) -> str | None:
    """The value that a reference names, None for no reference. NotFoundError when it does not exist."""
    if reference is None:
        return None
    secret = secrets.get(reference.name)
    value = None if secret is None else secret.contents.get(reference.key)
    if value is None:
        raise NotFoundError(f"There is no Secret {reference.name!r} with key {reference.key!r} in this namespace.")
    return value.decode().strip()


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What sources of one knowledge base are made from, besides their specs.

    Attributes:
        config_maps, secrets: of the tenant's namespace, by name.
        volumes: claim name to the folder that stands for it.
        network: private networks that the platform allows.
        scratch: folder of this knowledge base, kept between runs where possible: http and git remember there what they
            have; absent means a fresh temporary one.
    """

    principal: Principal
    uploads: Uploads
    config_maps: Mapping[str, ConfigMap]
    secrets: Mapping[str, Secret]
    volumes: Mapping[str, Path]
    network: NetworkPolicy = field(default_factory=NetworkPolicy)
    scratch: Path | None = None

    def folder(self, source: str) -> Path:
        """Of one source."""
        base = self.scratch or Path(tempfile.mkdtemp(prefix="kvasir-"))
        return base / "sources" / source

    def secret(self, reference: SecretReference | None) -> Mapping[str, bytes] | None:
        """The values of a Secret; None without a reference. NotFoundError naming a Secret that does not exist."""
        if reference is None:
            return None
        secret = self.secrets.get(reference.name)
        if secret is None:
            raise NotFoundError(f"There is no Secret {reference.name!r} in this namespace.")
        return secret.contents


def open_sources(resource: KnowledgeBase, context: SourceContext) -> Sequence[Source]:
    """Sources in the order of the spec. NotFoundError for a reference that does not exist."""
    default = readers(resource.spec.access)
    return [_open_source(resource, source, default, context) for source in resource.spec.sources]


def _open_source(resource: KnowledgeBase, source: SourceSpec, default: Readers, context: SourceContext) -> Source:
    access = default if source.access is None else readers(source.access)
    if source.inline is not None:
        documents = source.inline.documents
        content = {document.path: document.text.encode() for document in documents}
        own = {document.path: readers(document.access) for document in documents if document.access is not None}
        return MappingSource(source.name, content, access, own)
    if source.config_map is not None:
        config_map = context.config_maps.get(source.config_map.name)
        if config_map is None:
            raise NotFoundError(f"There is no ConfigMap {source.config_map.name!r} in this namespace.")
        return MappingSource(source.name, config_map.contents, access)
    if source.volume is not None:
        spec = source.volume
        root = context.volumes.get(spec.claim_name)
        if root is None:
            raise NotFoundError(f"There is no volume {spec.claim_name!r}.")
        return VolumeSource(source.name, root / spec.path, root, spec.include, spec.exclude, access)
    if source.upload is not None:
        return UploadSource(source.name, context.uploads, context.principal, resource.name, access)
    if source.http is not None:
        return _http_source(source.name, source.http, access, context)
    if source.git is not None:
        return _git_source(source.name, source.git, access, context)
    raise UnsupportedError(f"Source {source.name}: its type is not supported yet.")


def _http_source(name: str, spec: HTTPSourceSpec, access: Readers, context: SourceContext) -> Source:
    secret = context.secret(spec.headers_secret_ref) or {}
    site = WebSite(
        urls=spec.urls,
        sitemap=spec.sitemap,
        selection=Selection(spec.include, spec.exclude),
        max_pages=spec.max_pages,
        max_bytes=spec.max_bytes,
        timeout_seconds=spec.timeout_seconds,
        headers={header: value.decode("latin-1").strip() for header, value in secret.items()},
    )
    return HTTPSource(name, site, context.network, context.folder(name), access)


def _git_source(name: str, spec: GitSourceSpec, access: Readers, context: SourceContext) -> Source:
    secret = context.secret(spec.credentials_secret_ref)
    repository = Repository(
        url=spec.url,
        ref=spec.ref,
        path=spec.path,
        selection=Selection(spec.include, spec.exclude),
        credentials=GitCredentials() if secret is None else GitCredentials.of(secret),
    )
    return GitSource(name, repository, context.network, context.folder(name), access)


def readers(access: Access | None) -> Readers:
    """The groups of a spec; no groups means the whole tenant."""
    return None if access is None or not access.groups else frozenset(access.groups)


class ChatModels:
    """Chat models of deployments; one connection per endpoint and key, kept for the life of the process."""

    def __init__(self, network: NetworkPolicy | None = None) -> None:
        self._network = network
        self._connections: dict[tuple[str, str | None], OpenAIConnection] = {}

    def open(self, resource: ChatDeployment, secrets: Mapping[str, Secret]) -> ChatModel | None:
        """None answers extractively. NotFoundError when the API key's Secret does not exist."""
        spec = resource.spec.model.openai_compatible
        if spec is None:
            return None
        key = (str(spec.endpoint), secret_value(secrets, spec.api_key_secret_ref))
        if key not in self._connections:
            self._connections[key] = open_connection(*key, self._network)
        connection = self._connections[key]
        return OpenAIChatModel(connection, spec.model, spec.context_tokens, temperature=spec.temperature)


def catalogue_of(
    tenant: str, resources: Iterable[Resource], now: datetime, models: ChatModels | None = None
) -> Catalogue:
    """What a gateway serves for one tenant, from the tenant's resources alone.

    The plan of each ChatDeployment decides what is ready; whether its knowledge bases have something indexed is seen
    by each request in the ledger.
    """
    mine = [resource for resource in resources if tenant in {resource.namespace, resource.name}]
    knowledge_bases = {one.name: _knowledge_base_entry(one) for one in mine if isinstance(one, KnowledgeBase)}
    observed = chat_deployment.ChatDeploymentObservation(
        knowledge_bases={
            one.name: chat_deployment.KnowledgeBaseState(answers=True, grounding=one.spec.grounding)
            for one in mine
            if isinstance(one, KnowledgeBase)
        },
        secrets=frozenset(one.name for one in mine if isinstance(one, Secret)),
        domains=tuple(domain for one in mine if isinstance(one, Tenant) for domain in one.spec.domains),
    )
    deployments: dict[str, Deployment] = {}
    waiting: dict[str, str] = {}
    secrets = {one.name: one for one in mine if isinstance(one, Secret)}
    opened = models or ChatModels()
    for resource in mine:
        if isinstance(resource, ChatDeployment):
            ready = chat_deployment.plan(resource, observed, now).status.condition(READY)
            if ready is not None and ready.status == "True":
                grounding = chat_deployment.grounding(resource, observed.knowledge_bases)
                deployments[resource.name] = _deployment(resource, grounding, opened.open(resource, secrets))
            else:
                waiting[resource.name] = "" if ready is None else ready.message
    return Catalogue(tenant, deployments, knowledge_bases, waiting)


def _knowledge_base_entry(resource: KnowledgeBase) -> KnowledgeBaseEntry:
    uploads = tuple(source.name for source in resource.spec.sources if source.upload is not None)
    return KnowledgeBaseEntry(resource.name, _created(resource), uploads)


def _deployment(resource: ChatDeployment, grounding: Grounding, model: ChatModel | None) -> Deployment:
    spec = resource.spec
    remote = spec.model.openai_compatible
    return Deployment(
        name=resource.name,
        knowledge_bases=tuple(reference.name for reference in spec.knowledge_bases),
        fingerprint=chat_deployment.model_fingerprint(resource, grounding),
        created=_created(resource),
        model=model,
        prompt=spec.agent.prompt or "",
        answer_tokens=ANSWER_TOKENS if remote is None else remote.max_tokens,
        mode=grounding.mode,
        abstain_below=grounding.abstain_below,
    )


def _created(resource: Resource) -> int:
    moment = resource.metadata.creation_timestamp
    return 0 if moment is None else int(moment.timestamp())


def open_engine(stores: Stores, toolbox: IndexToolbox) -> Engine:
    """An engine over a process's stores."""
    return Engine(stores.generations, stores.passages, toolbox.embedder)
