"""What can go wrong in storage.

StorageError
├── AlreadyRunningError       another process holds this database
├── DatabaseTooNewError       written by a newer version of the bot
├── DatabaseUnusableError     not a database, damaged, or out of reach
├── InsufficientCreditsError  the account cannot pay; nothing was written
└── DuplicateRequestError     this interaction already made a request; nothing was written
"""

from __future__ import annotations

from datetime import datetime
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

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be used as the database ({reason}); check DATABASE_PATH or restore a backup")
        self.path = path


class InsufficientCreditsError(StorageError):
    """The account cannot pay for the whole request. Nothing was written.

    Attributes:
        needed: whole credits the request costs.
        available: whole credits the account has now.
        refills_at: when the allowance comes back, aware UTC.
        refill_amount: whole credits that come back then; 0 where the account has no allowance.
    """

    def __init__(self, *, needed: int, available: int, refills_at: datetime, refill_amount: int) -> None:
        super().__init__(f"{needed} credits needed, {available} available")
        self.needed = needed
        self.available = available
        self.refills_at = refills_at
        self.refill_amount = refill_amount

    @property
    def missing(self) -> int:
        """Whole credits short, at least 1."""
        return self.needed - self.available


class DuplicateRequestError(StorageError):
    """The interaction was delivered twice; its request exists already. Nothing was written."""

    def __init__(self, *, interaction_id: int, request_id: int) -> None:
        super().__init__(f"interaction {interaction_id} already made request {request_id}")
        self.interaction_id = interaction_id
        self.request_id = request_id
