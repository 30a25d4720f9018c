"""One error tree. Every error says what happened, names the fix, and knows whether trying again can help.

The classes follow the canonical status codes of gRPC (https://grpc.io/docs/guides/status-codes/), so that each room
maps a class, never a message, to its own vocabulary: an HTTP status, a condition reason, an exit code.
"""

from typing import ClassVar, cast


class KvasirError(Exception):
    """Root of all errors raised on purpose.

    Attributes:
        code: stable snake_case identifier, safe to show to callers and to use as a metric label.
        retryable: whether the same call can succeed later without anybody changing anything.
        retry_after: seconds to wait before trying again, when known.
    """

    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after

    def __str__(self) -> str:
        return self.message


class InvalidInputError(KvasirError):
    """The caller sent something that can never work. `field` is a path such as `spec.sources[1].http.url`."""

    code = "invalid_input"

    def __init__(self, message: str, *, field: str | None = None, fix: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.fix = fix

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{where}{self.message}" + (f" Fix: {self.fix}" if self.fix else "")


class UnauthenticatedError(KvasirError):
    """No credential, or one that is unknown, expired or revoked."""

    code = "unauthenticated"


class PermissionDeniedError(KvasirError):
    """The principal is known and may not do this. Foreign tenants' objects are NotFoundError instead."""

    code = "permission_denied"


class NotFoundError(KvasirError):
    """No such object, or none that this principal may know of."""

    code = "not_found"


class ConflictError(KvasirError):
    """The object exists already, or changed since it was read."""

    code = "conflict"


class UnsupportedError(KvasirError):
    """Asked for an ability that this version, store or installation lacks; the message names what to install."""

    code = "unsupported"


class DeadlineExceededError(KvasirError):
    """The deadline passed before the work was done; nothing was committed."""

    code = "deadline_exceeded"
    retryable = True


class UnavailableError(KvasirError):
    """A store, model or remote source does not answer at present."""

    code = "unavailable"
    retryable = True


class ExhaustedError(KvasirError):
    """A limit was reached: disk space, document size, memory, quota."""

    code = "exhausted"


class StorageUnavailableError(UnavailableError):
    """A file or database of the platform cannot be used at present. The message names it: for logs, not for callers."""

    code = "storage_unavailable"


class StorageFullError(ExhaustedError):
    """No space is left on a disk of the platform. The message names the place: for logs, not for callers."""

    code = "storage_full"


class CorruptDataError(KvasirError):
    """Stored data fails its own checksum or format; restoring or re-ingesting is the fix."""

    code = "corrupt_data"


def said(error: BaseException) -> str:
    """What another library says, as the end of a sentence of ours: on one line, without its own full stop."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def cause_of(error: BaseException) -> KvasirError | None:
    """The first error of our tree in an exception group, or the error itself; None when there is none."""
    if isinstance(error, KvasirError):
        return error
    if isinstance(error, BaseExceptionGroup):
        members = cast("BaseExceptionGroup[BaseException]", error).exceptions
        return next((cause for member in members if (cause := cause_of(member)) is not None), None)
    return None
