"""What a member looks at in the history: whose images, and which of them. It outlives restarts for a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

import discord

from cogs.errors import RefusalError
from cogs.history.days import midnight
from cogs.services import Services
from cogs.texts import history as texts
from storage import open_forms
from storage.accounts import Account
from storage.history import HistoryFilter, Only

_KEY = "history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose images, and which.

    Attributes:
        words: to be found in the prompt, None for any prompt.
        since, until: days as the guild counts them, both included.
    """

    account: Account
    words: str | None = None
    resolution: str | None = None
    since: date | None = None
    until: date | None = None
    only: Only = Only.ALL

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter leaves anything out."""
        return self != Wanted(account=self.account)

    def filter(self, time_zone: ZoneInfo, *, viewer_id: int) -> HistoryFilter:
        """Return what to look up; only its own member sees what was made in private."""
        return HistoryFilter(
            account=self.account,
            words=self.words,
            resolution=self.resolution,
            since=None if self.since is None else midnight(self.since, time_zone),
            until=None if self.until is None else midnight(self.until + timedelta(days=1), time_zone),
            only=self.only,
            with_private=self.account.user_id == viewer_id,
        )

    def facts(self) -> dict[str, Any]:
        """Return the JSON that `read` understands."""
        return {
            "user_id": self.account.user_id,
            "words": self.words,
            "resolution": self.resolution,
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
            "only": self.only,
        }

    @classmethod
    def read(cls, guild_id: int, facts: dict[str, Any]) -> Self:
        """Return what was kept."""
        since, until = facts["since"], facts["until"]
        return cls(
            account=Account(guild_id=guild_id, user_id=facts["user_id"]),
            words=facts["words"],
            resolution=facts["resolution"],
            since=None if since is None else date.fromisoformat(since),
            until=None if until is None else date.fromisoformat(until),
            only=Only(facts["only"]),
        )


async def keep(services: Services, interaction: discord.Interaction[Any], wanted: Wanted) -> int:
    """Keep it for a day for who acts; return the id that finds it again."""
    viewer = Account(guild_id=wanted.account.guild_id, user_id=interaction.user.id)
    async with services.database.transaction() as tx:
        await open_forms.keep(tx, interaction.id, viewer, {_KEY: wanted.facts()}, discord.utils.utcnow())
    return interaction.id


async def look_up(services: Services, form_id: int, user_id: int) -> Wanted:
    """Return what a page of the history shows.

    Raises:
        RefusalError: it is not known any more, or somebody else's.
    """
    async with services.database.reading() as tx:
        kept = await open_forms.look_up(tx, form_id, user_id)
    if kept is None or _KEY not in kept[1]:
        raise RefusalError(texts.TOO_OLD)
    return Wanted.read(kept[0], kept[1][_KEY])
