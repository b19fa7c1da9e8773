"""/history export: ZIP files one after the other, first as answers, then by direct message."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import discord

from cogs.errors import RefusalError
from cogs.images.originals import SAFE_BYTES, upload_limit
from cogs.posting import EXPIRED_TOKEN, PLACE_IS_CLOSED, UNKNOWN_WEBHOOK, open_direct_channel
from cogs.services import services_of
from cogs.texts import history as texts
from generation.export_desk import ExportPlace, Part, PartForm
from storage.accounts import Account

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]

MARGIN_BYTES = 64 * 1024
ANSWERS_FOR = timedelta(minutes=12)
"""Discord takes answers for 15 minutes; a part may take long to send."""

MOST_PARTS = 40
"""Of one command; a billion bytes, roughly."""


class _AnswersEndedError(Exception):
    """Discord takes no more answers to the command."""


@dataclass(slots=True)
class _Run:
    """An export under way."""

    interaction: Interaction
    account: Account
    images: int
    size_bytes: int
    zone: ZoneInfo
    place: ExportPlace
    parts: int = 0
    direct_channel_id: int | None = None

    @property
    def limit_bytes(self) -> int:
        """How large a part may be where it goes."""
        answer = min(upload_limit(self.interaction), SAFE_BYTES if self.direct_channel_id else 2**40)
        return answer - MARGIN_BYTES

    @property
    def is_late(self) -> bool:
        """Whether answers to the command may soon not be taken any more."""
        return discord.utils.utcnow() - self.interaction.created_at > ANSWERS_FOR


class Exports:
    """Sends exports, one at a time for each member."""

    def __init__(self) -> None:
        self._under_way: set[Account] = set()

    async def run(self, interaction: Interaction, *, after: int) -> None:
        """Send everything behind a job's id.

        Raises:
            RefusalError: there is nothing, or an export of the member's is under way.
        """
        assert interaction.guild_id is not None
        account = Account(guild_id=interaction.guild_id, user_id=interaction.user.id)
        with self._alone(account):
            services = services_of(interaction)
            kept = await services.exports.kept(account, after=after)
            if not kept.images:
                raise RefusalError(texts.NOTHING_BEHIND if after else texts.NOTHING_TO_EXPORT)
            settings = await services.intake.settings(account.guild_id)
            run = _Run(
                interaction=interaction,
                account=account,
                images=kept.before + kept.images,
                size_bytes=kept.size_bytes,
                zone=settings.time_zone,
                place=ExportPlace(after=after, number=kept.before),
            )
            text = texts.export_begins(kept.images, kept.size_bytes, run.limit_bytes)
            await interaction.response.send_message(text, ephemeral=True)
            await _send_all(run)

    @contextmanager
    def _alone(self, account: Account) -> Generator[None, None, None]:
        if account in self._under_way:
            raise RefusalError(texts.EXPORT_UNDER_WAY)
        self._under_way.add(account)
        try:
            yield
        finally:
            self._under_way.discard(account)


async def _send_all(run: _Run) -> None:
    while True:
        if run.direct_channel_id is None and run.is_late and not await _go_on_by_direct_message(run):
            await _say(run, texts.export_no_dms(run.place.number, run.images, run.place.after))
            return
        if run.parts >= MOST_PARTS and not run.place.offset:
            await _say(run, texts.export_stops(run.place.number, run.images, run.place.after))
            return
        form = PartForm(
            most_bytes=run.limit_bytes,
            time_zone=run.zone,
            parameters_name=texts.PARAMETERS,
            join_name=texts.JOIN_FILE,
            join_text=texts.join_readme,
        )
        async with services_of(run.interaction).exports.part(run.account, run.place, form) as part:
            if part is None:
                break
            try:
                await _send(run, part)
            except _AnswersEndedError:
                if not await _go_on_by_direct_message(run):
                    log.warning(
                        "An export ended after %d images: nothing reaches its member any more", run.place.number
                    )
                    return
                continue  # the same part anew: less fits into a direct message
            run.parts += 1
            run.place = part.next
    done = texts.export_done(run.place.number, run.size_bytes, run.parts)
    try:
        await _say(run, done)
    except _AnswersEndedError:
        if await _go_on_by_direct_message(run):
            await _say(run, done)


async def _send(run: _Run, part: Part) -> None:
    text = texts.export_part(run.parts + 1, part.first, part.last, run.images)
    name = texts.archive_name(run.parts + 1, discord.utils.utcnow().astimezone(run.zone))
    await _say(run, text, discord.File(part.path, name))


async def _say(run: _Run, text: str, file: discord.File | None = None) -> None:
    """Tell the member something where the export is now.

    Raises:
        _AnswersEndedError: Discord takes no more answers to the command.
    """
    attached: dict[str, Any] = {} if file is None else {"file": file}
    if run.direct_channel_id is not None:
        channel = run.interaction.client.get_partial_messageable(run.direct_channel_id)
        await channel.send(text, **attached)
        return
    try:
        await run.interaction.followup.send(text, ephemeral=True, **attached)
    except discord.HTTPException as error:
        if error.code not in (EXPIRED_TOKEN, UNKNOWN_WEBHOOK):
            raise
        raise _AnswersEndedError from error


async def _go_on_by_direct_message(run: _Run) -> bool:
    """Move to direct messages; return False where the member takes none."""
    bot = run.interaction.client
    left = run.images - run.place.number
    try:
        channel_id = await open_direct_channel(bot, run.account.user_id)  # type: ignore[arg-type]  # our only client
        await bot.get_partial_messageable(channel_id).send(texts.export_goes_on(left, run.parts))
    except discord.HTTPException as error:
        if error.code not in PLACE_IS_CLOSED:
            log.warning("An export could not go on by direct message: %d %d", error.status, error.code)
        return False
    with suppress(_AnswersEndedError):
        await _say(run, texts.EXPORT_GOES_ON_BY_DM)
    run.direct_channel_id = channel_id
    return True
