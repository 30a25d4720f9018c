"""Every reason that a Ready condition can carry. Runbooks and tests are complete over this list."""

from enum import StrEnum


class Reason(StrEnum):
    """CamelCase words for programs; the condition's message is for people."""

    AVAILABLE = "Available"
    PAUSED = "Paused"
    NOT_YET_SUPPORTED = "NotYetSupported"
    TENANT_NOT_FOUND = "TenantNotFound"
    TENANT_NOT_READY = "TenantNotReady"
    NAMESPACE_NOT_ADOPTED = "NamespaceNotAdopted"
    PLAN_NOT_FOUND = "PlanNotFound"
    DATA_STORE_NOT_FOUND = "DataStoreNotFound"
    DATA_STORE_ROLE_MISMATCH = "DataStoreRoleMismatch"
    CONFIG_MAP_NOT_FOUND = "ConfigMapNotFound"
    SECRET_NOT_FOUND = "SecretNotFound"  # noqa: S105 - the name of a reason
    CLAIM_NOT_FOUND = "ClaimNotFound"
    INDEXING = "Indexing"
    INGESTION_FAILED = "IngestionFailed"
    SOURCE_FAILED = "SourceFailed"
    MASS_DELETION = "MassDeletion"
    VERIFICATION_FAILED = "VerificationFailed"
    PINNED_GENERATION_MISSING = "PinnedGenerationMissing"
    SUSPENDED = "Suspended"
    MODEL_MISMATCH = "ModelMismatch"
    MODEL_UNAVAILABLE = "ModelUnavailable"
    KNOWLEDGE_BASE_NOT_FOUND = "KnowledgeBaseNotFound"
    KNOWLEDGE_BASE_NOT_READY = "KnowledgeBaseNotReady"
    HOST_NOT_ALLOWED = "HostNotAllowed"
    HOST_CONFLICT = "HostConflict"
