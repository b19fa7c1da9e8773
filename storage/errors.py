"""What can go wrong in storage.

StorageError
├── AlreadyRunningError       another process holds this database
├── DatabaseTooNewError       written by a newer version of the bot
├── DatabaseUnusableError     not a database, damaged, or out of reach
├── DatabaseTroubleError      it cannot be used now, for a reason outside the bot; nothing was written
├── BackupError               a backup could not be made
│   └── UnusableBackupError   it is damaged, incomplete or not one
├── InsufficientCreditsError  the account cannot pay; nothing was written
├── PoolExhaustedError        what all may spend together is used up; nothing was written
├── AdjustmentTooLargeError   the account does not hold what is to be taken; nothing was written
├── TooManyTermsError         the guild blocked as much as it may; nothing was written
├── StillWorkingError         images of the member are not finished; nothing was written
├── TooManyPresetsError       the owner keeps as many presets as they may; nothing was written
└── DuplicateRequestError     this interaction already made a request; nothing was written
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path


class StorageError(Exception):
    """The root of every error raised by this package on purpose."""


class AlreadyRunningError(StorageError):
    """Another process has this database open as its own."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"another instance is using {path}")
        self.path = path


class DatabaseTooNewError(StorageError):
    """The file was migrated by a newer version; opening it could damage it."""

    def __init__(self, path: Path, *, found: int, known: int) -> None:
        super().__init__(f"{path} has schema version {found}, this version of the bot knows {known}")
        self.path = path
        self.found = found
        self.known = known


class DatabaseUnusableError(StorageError):
    """The file cannot be used as a database; nothing was changed."""

    def __init__(self, path: Path, reason: str, *, advice: str = "check DATABASE_PATH") -> None:
        super().__init__(f"{path} cannot be used as the database ({reason}). It was left as it is; {advice}")
        self.path = path
        self.reason = reason


class Trouble(StrEnum):
    """Why a database that is open cannot be used."""

    FULL = "full"
    """The disk took no more."""
    LOCKED = "locked"
    """Another program holds it for longer than we wait."""
    OUT_OF_REACH = "out_of_reach"
    """Reading or writing the file failed, or it may not be written."""
    DAMAGED = "damaged"
    """What is read is no database any more; only a backup helps."""


class DatabaseTroubleError(StorageError):
    """The database cannot be used now. The transaction was rolled back; nothing was written."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(f"the database cannot be used: {trouble}")
        self.trouble = trouble


class BackupError(StorageError):
    """A backup could not be made; the ones from before are as they were."""


class UnusableBackupError(BackupError):
    """A file is not to be relied on as a backup; nothing was changed."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be used as a backup: {reason}")
        self.path = path
        self.reason = reason


class InsufficientCreditsError(StorageError):
    """The account cannot pay for the whole request. Nothing was written.

    Attributes:
        needed: whole credits the request costs.
        available: whole credits the account has now.
        refills_at: when the allowance comes back, aware UTC; None: it never does.
        refill_amount: whole credits that come back then; 0 where the account has no allowance.
    """

    def __init__(self, *, needed: int, available: int, refills_at: datetime | None, refill_amount: int) -> None:
        super().__init__(f"{needed} credits needed, {available} available")
        self.needed = needed
        self.available = available
        self.refills_at = refills_at
        self.refill_amount = refill_amount

    @property
    def missing(self) -> int:
        """Whole credits short, at least 1."""
        return self.needed - self.available


class PoolExhaustedError(StorageError):
    """A pool does not hold what the request costs. Nothing was written.

    Attributes:
        guild_id: whose pool, 0 for the operator's over all guilds.
        by_operator: whether the operator set it, and not the guild.
        needed: whole credits the request costs.
        left: whole credits the pool still holds.
        amount: whole credits it holds when full.
        refills_at: when it is full again, aware UTC; None: never.
    """

    def __init__(
        self, *, guild_id: int, by_operator: bool, needed: int, left: int, amount: int, refills_at: datetime | None
    ) -> None:
        super().__init__(f"pool of guild {guild_id}: {needed} credits needed, {left} left")
        self.guild_id = guild_id
        self.by_operator = by_operator
        self.needed = needed
        self.left = left
        self.amount = amount
        self.refills_at = refills_at


class AdjustmentTooLargeError(StorageError):
    """A correction would take an account below zero. Nothing was written.

    Attributes:
        amount: whole credits, below 0.
        available: whole credits the account has now.
    """

    def __init__(self, *, amount: int, available: int) -> None:
        super().__init__(f"correction by {amount}, {available} available")
        self.amount = amount
        self.available = available


class TooManyTermsError(StorageError):
    """A guild blocked as many terms as it may. Nothing was written."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} terms")
        self.limit = limit


class DuplicateRequestError(StorageError):
    """The interaction was delivered twice; its request exists already. Nothing was written."""

    def __init__(self, *, interaction_id: int, request_id: int) -> None:
        super().__init__(f"interaction {interaction_id} already made request {request_id}")
        self.interaction_id = interaction_id
        self.request_id = request_id


class TooManyPresetsError(StorageError):
    """The member, or the guild, keeps as many presets as they may."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} presets already")
        self.most = most


class StillWorkingError(StorageError):
    """Images of the member are waiting or being made. Nothing was written."""

    def __init__(self, images: int) -> None:
        super().__init__(f"{images} images are not finished")
        self.images = images
