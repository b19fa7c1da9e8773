"""The rules a guild made for itself, and whether an ask keeps them.

RuleRefusalError
├── SuspendedError          a moderator suspended the member
├── ChannelNotAllowedError  images are asked for in other channels
├── RoleNeededError         only members with certain roles may ask
├── ResolutionTooHighError  the guild allows smaller images only
├── TooManyImagesError      the guild allows fewer images at a time
└── PromptBlockedError      the prompt holds what the guild blocked
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from generation.asking import Asker
from generation.blocklist import Blocklist, Hit
from generation.errors import GenerationError
from generation.newest import Newest
from generation.options import Resolution
from storage import blocked_terms, suspensions
from storage.blocked_terms import BlockedTerm
from storage.database import Transaction
from storage.errors import PoolExhaustedError
from storage.guild_settings import GuildSettings
from storage.suspensions import Suspension

BLOCKLISTS_KEPT = 200
"""Compiled block lists in memory: of the guilds that asked last."""

_SIZES = list(Resolution)


class RuleRefusalError(GenerationError):
    """A rule of the guild is against it. Nothing was written."""


class SuspendedError(RuleRefusalError):
    """A moderator suspended the member."""

    def __init__(self, suspension: Suspension) -> None:
        super().__init__("suspended")
        self.suspension = suspension


class ChannelNotAllowedError(RuleRefusalError):
    """Images are asked for in other channels."""

    def __init__(self, allowed: frozenset[int]) -> None:
        super().__init__("channel not allowed")
        self.allowed = allowed


class RoleNeededError(RuleRefusalError):
    """Only members with one of certain roles may ask."""

    def __init__(self, allowed: frozenset[int]) -> None:
        super().__init__("role needed")
        self.allowed = allowed


class ResolutionTooHighError(RuleRefusalError):
    """The guild allows smaller images only."""

    def __init__(self, highest: Resolution) -> None:
        super().__init__(f"above {highest}")
        self.highest = highest


class TooManyImagesError(RuleRefusalError):
    """The guild allows fewer images at a time."""

    def __init__(self, largest: int) -> None:
        super().__init__(f"more than {largest} images")
        self.largest = largest


class PromptBlockedError(RuleRefusalError):
    """The prompt holds what the guild blocked."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        super().__init__(f"{len(hits)} blocked terms")
        self.hits = tuple(hits)


def refusal_facts(error: RuleRefusalError | PoolExhaustedError) -> dict[str, object]:
    """Return which rule refused, as the audit trail keeps it: never the prompt, only the terms that were met."""
    match error:
        case PromptBlockedError():
            return {"rule": "blocked_term", "terms": [hit.term.term for hit in error.hits]}
        case PoolExhaustedError():
            return {"rule": "pool", "by_operator": error.by_operator}
        case ResolutionTooHighError():
            return {"rule": "highest_resolution", "highest": error.highest}
        case TooManyImagesError():
            return {"rule": "largest_count", "largest": error.largest}
        case SuspendedError():
            return {"rule": "suspended"}
        case RoleNeededError():
            return {"rule": "allowed_roles"}
        case _:
            return {"rule": "allowed_channels"}


class RuleBook:
    """Applies a guild's rules to what its members ask for."""

    def __init__(self) -> None:
        self._blocklists: Newest[int, tuple[list[BlockedTerm], Blocklist]] = Newest("block lists", most=BLOCKLISTS_KEPT)

    async def require_allowed(
        self,
        tx: Transaction,
        asker: Asker,
        settings: GuildSettings,
        now: datetime,
        *,
        resolution: Resolution,
        image_count: int,
        prompt: str | None,
    ) -> None:
        """Raise RuleRefusalError, one of its kinds, for the first broken rule; a prompt of None is not known yet."""
        guild_id = asker.account.guild_id
        suspension = await suspensions.active(tx, guild_id, asker.account.user_id, now)
        if suspension is not None:
            raise SuspendedError(suspension)
        if settings.allowed_channels and not settings.allowed_channels.intersection(asker.channel_ids):
            raise ChannelNotAllowedError(settings.allowed_channels)
        if settings.allowed_roles and not settings.allowed_roles & asker.role_ids:
            raise RoleNeededError(settings.allowed_roles)
        highest = Resolution(settings.highest_resolution)
        if _SIZES.index(resolution) > _SIZES.index(highest):
            raise ResolutionTooHighError(highest)
        if image_count > settings.largest_count:
            raise TooManyImagesError(settings.largest_count)
        if prompt is not None:
            hits = (await self._blocklist(tx, guild_id)).hits(prompt)
            if hits:
                raise PromptBlockedError(hits)

    async def _blocklist(self, tx: Transaction, guild_id: int) -> Blocklist:
        """Return the guild's list; compiled anew only when it changed."""
        terms = await blocked_terms.list_of(tx, guild_id)
        known = self._blocklists.get(guild_id)
        compiled = known[1] if known is not None and known[0] == terms else Blocklist(terms)
        self._blocklists.put(guild_id, (terms, compiled))
        return compiled
