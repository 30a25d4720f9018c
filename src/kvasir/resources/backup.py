"""Backup, BackupSchedule and Restore: a tenant's data, exported and imported, verified by checksum."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from kvasir.resources.containers import SetList
from kvasir.resources.meta import Column, KindFacts, KvasirResource, Model, NameReference, Scope, Status
from kvasir.resources.pod import PodSettings
from kvasir.resources.rules import Rule, Transition, exactly_one, frozen
from kvasir.resources.scalars import Count, Flag, Integer, Line, Name, ObjectName, Path, Timestamp
from kvasir.resources.schedule import Schedule


class Content(StrEnum):
    """What a backup can hold."""

    ROWS = "Rows"
    """Accounts, usage, documents and audit."""
    PASSAGES = "Passages"
    """Passages and vectors; without them a restore ingests again."""
    HISTORY = "History"
    """Conversations, feedback and memory."""
    CONFIGURATION = "Configuration"
    """The tenant's resources, without Secrets."""
    BLOBS = "Blobs"
    """Uploads and page images."""


ALL_CONTENT = tuple(Content)


class StoreDestination(Model):
    name: Name = Field(description="DataStore that serves Blobs.", examples=["archive"])
    prefix: Annotated[str, Field(max_length=512)] = Field(default="", description="Start of the keys.")


class VolumeDestination(Model):
    claim_name: ObjectName = Field(description="PersistentVolumeClaim in the tenant's namespace.", examples=["backups"])
    path: Path = Field(default=".", description="Folder within the volume.")


class Destination(Model):
    """Exactly one of dataStore and volume is set."""

    rules: ClassVar[tuple[Rule, ...]] = (exactly_one("data_store", "volume"),)
    data_store: StoreDestination | None = Field(default=None, description="A bucket.")
    volume: VolumeDestination | None = Field(default=None, description="A volume of the tenant.")


class BackupContent(Model):
    """What to save and where to."""

    tenant: NameReference = Field(description="Tenant to save.")
    include: SetList[Content] = Field(
        default=ALL_CONTENT,
        min_length=1,
        max_length=8,
        description="What to save: Rows, Passages, History, Configuration, Blobs.",
    )
    destination: Destination = Field(description="Where to save it.")


class BackupSpec(BackupContent):
    transitions: ClassVar[tuple[Transition, ...]] = (frozen(fix="Create another Backup."),)
    retention_days: Annotated[Integer, Field(ge=1, le=36_500)] | None = Field(
        default=None,
        description="Days after which the saved data is removed; absent keeps it until the Backup is deleted.",
    )
    pod: PodSettings | None = Field(default=None, description="Settings of the backup pod.")


class BackupPhase(StrEnum):
    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


class BackupStatus(Status):
    phase: BackupPhase | None = Field(default=None, description="Pending, Running, Succeeded or Failed.")
    started: Timestamp | None = Field(default=None, description="When it began: the moment that it shows.")
    finished: Timestamp | None = Field(default=None, description="When it ended.")
    expires: Timestamp | None = Field(default=None, description="When the saved data is removed.")
    location: Annotated[str, Field(max_length=1024)] | None = Field(default=None, description="Where it was saved.")
    size: Count | None = Field(default=None, description="Bytes saved.")
    checksum: Line | None = Field(default=None, description="SHA-256 of the manifest that lists every file's own.")


_PHASES = (
    Column("Tenant", ".spec.tenant.name"),
    Column("Phase", ".status.phase"),
    Column("Finished", ".status.finished", "date"),
)


class Backup(KvasirResource):
    """One consistent export of a tenant."""

    facts: ClassVar[KindFacts] = KindFacts(
        plural="backups",
        scope=Scope.CLUSTER,
        columns=(*_PHASES, Column("Size", ".status.size", "integer", priority=1)),
    )
    kind: str = "Backup"
    spec: BackupSpec = Field(description="What is asked for.")
    status: BackupStatus = Field(default=BackupStatus(), description="What is observed.")


class BackupRetention(Model):
    """Which Backups of a schedule are kept: those that either limit keeps."""

    days: Annotated[Integer, Field(ge=1, le=36_500)] | None = Field(default=None, description="Days to keep each.")
    latest: Annotated[Integer, Field(ge=1, le=1000)] = Field(default=7, description="Latest Backups to keep always.")


class BackupScheduleSpec(Model):
    schedule: Schedule = Field(description="When to save.")
    template: BackupContent = Field(description="What to save and where to.")
    retention: BackupRetention = Field(default=BackupRetention(), description="Which Backups are kept.")
    suspend: Flag = Field(default=False, description="Whether the schedule rests.")
    pod: PodSettings | None = Field(default=None, description="Settings of the backup pods.")


class BackupScheduleStatus(Status):
    last_backup: Line | None = Field(default=None, description="Latest Backup.")
    last_success_time: Timestamp | None = Field(default=None, description="When a Backup last succeeded.")
    next_backup_time: Timestamp | None = Field(default=None, description="When the next Backup starts.")


class BackupSchedule(KvasirResource):
    """Backups by the clock."""

    facts: ClassVar[KindFacts] = KindFacts(
        plural="backupschedules",
        scope=Scope.CLUSTER,
        columns=(
            Column("Tenant", ".spec.template.tenant.name"),
            Column("Schedule", ".spec.schedule.cron"),
            Column("Suspended", ".spec.suspend", "boolean"),
            Column("Last Success", ".status.lastSuccessTime", "date"),
            Column("Next", ".status.nextBackupTime", "date", priority=1),
        ),
    )
    kind: str = "BackupSchedule"
    spec: BackupScheduleSpec = Field(description="What is asked for.")
    status: BackupScheduleStatus = Field(default=BackupScheduleStatus(), description="What is observed.")


class SavedData(Model):
    """Data that another cluster or a deleted Backup has left."""

    destination: Destination = Field(description="Where it was saved.")
    location: Path = Field(description="Folder of the backup within the destination.", examples=["acme/2026-03-01"])


class RestoreOrigin(Model):
    """Exactly one of backup and saved is set."""

    rules: ClassVar[tuple[Rule, ...]] = (exactly_one("backup", "saved"),)
    backup: NameReference | None = Field(default=None, description="A Backup of this cluster.")
    saved: SavedData | None = Field(default=None, description="Saved data without a Backup object.")


class ExistingData(StrEnum):
    REFUSE = "Refuse"
    REPLACE = "Replace"


class RestoreSpec(Model):
    transitions: ClassVar[tuple[Transition, ...]] = (frozen(fix="Create another Restore."),)
    origin: RestoreOrigin = Field(description="What to restore.")
    tenant: NameReference = Field(description="Tenant to restore into; it must exist.")
    include: SetList[Content] = Field(
        default=ALL_CONTENT,
        min_length=1,
        max_length=8,
        description="What to restore, as far as it was saved.",
    )
    existing_data: ExistingData = Field(
        default=ExistingData.REFUSE,
        description="Refuse stops when the tenant already holds data, Replace removes that data first.",
    )
    pod: PodSettings | None = Field(default=None, description="Settings of the restore pod.")


class RestoreStatus(Status):
    phase: BackupPhase | None = Field(default=None, description="Pending, Running, Succeeded or Failed.")
    started: Timestamp | None = Field(default=None, description="When it began.")
    finished: Timestamp | None = Field(default=None, description="When it ended.")
    verified: Flag | None = Field(default=None, description="Whether every checksum agreed.")


class Restore(KvasirResource):
    """One import into a tenant."""

    facts: ClassVar[KindFacts] = KindFacts(plural="restores", scope=Scope.CLUSTER, columns=_PHASES)
    kind: str = "Restore"
    spec: RestoreSpec = Field(description="What is asked for.")
    status: RestoreStatus = Field(default=RestoreStatus(), description="What is observed.")
