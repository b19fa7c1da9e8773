"""Presets: prompts with blanks, options and references under a name, for a member or for a whole guild.

PresetError
├── PresetUnknownError      there is no preset of that name
├── PresetOfGuildError      the member has none of that name, the guild has
├── PresetNameError         the name is empty or too long
├── PresetPromptError       the prompt is empty or too long
├── TooManyBlanksError      more blanks than a form has fields
├── BlankNameError          a blank whose name is too long for a form
├── PresetImagesLargeError  the images of somebody's presets would take too much room
└── PresetImagesGoneError   an image that it starts from is not kept any more
"""

from __future__ import annotations

from collections.abc import Sequence

from generation.clock import Clock
from generation.errors import GenerationError
from generation.options import MAX_PROMPT_CHARS, says_nothing
from generation.preset_blanks import blanks_of
from storage import audit, presets
from storage.audit import AuditKind
from storage.database import Database, Transaction
from storage.presets import GUILDS_OWN, NewPreset, Preset
from storage.references import NewReference, Reference

MOST_OF_A_MEMBER = 25
MOST_OF_A_GUILD = 50
MAX_NAME_CHARS = 32
MAX_BLANKS = 5
"""A form of Discord's has five fields."""
MAX_BLANK_CHARS = 40
MOST_BYTES_OF_A_MEMBER = 100 * 1024**2
MOST_BYTES_OF_A_GUILD = 500 * 1024**2
"""Images of presets cost nothing and are kept for as long as the preset is, so their room has an end."""

OF_GUILD = "server:"
"""Before a name: the guild's preset, also where the member has one of the same name."""


class PresetError(GenerationError):
    """A preset cannot be kept or used. Nothing was written."""


class PresetUnknownError(PresetError):
    """There is no preset of that name."""


class PresetOfGuildError(PresetError):
    """The member has no preset of that name, but the guild has."""


class PresetNameError(PresetError):
    """The name is empty or too long."""


class PresetPromptError(PresetError):
    """The prompt is empty or too long."""


class TooManyBlanksError(PresetError):
    """More blanks than a form has fields."""

    def __init__(self, found: int) -> None:
        super().__init__(f"{found} blanks")
        self.found = found


class BlankNameError(PresetError):
    """A blank whose name is too long for a form."""


class PresetImagesLargeError(PresetError):
    """The images of somebody's presets would take too much room."""

    def __init__(self, *, size_bytes: int, most_bytes: int) -> None:
        super().__init__(f"{size_bytes} bytes of images")
        self.size_bytes = size_bytes
        self.most_bytes = most_bytes


class PresetImagesGoneError(PresetError):
    """An image that it starts from is not kept any more."""


class PresetDesk:
    """Keeps presets. Whether somebody may keep one for the guild is asked before."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def save(self, new: NewPreset, kept: Sequence[NewReference], *, actor_id: int) -> Preset | None:
        """Keep a preset; return the one of the same name that it replaced, if there was one.

        Raises:
            PresetError: see its kinds.
            TooManyPresetsError: its owner keeps as many as they may.
        """
        require_usable(new.name, new.prompt)
        most, now = MOST_OF_A_GUILD if new.user_id == GUILDS_OWN else MOST_OF_A_MEMBER, self._clock.now()
        async with self._database.transaction() as tx:
            replaced = await presets.save(tx, new, kept, most=most, actor_id=actor_id, now=now)
            await _require_room(tx, new)
            if new.user_id == GUILDS_OWN:
                await audit.record(
                    tx,
                    guild_id=new.guild_id,
                    actor_id=actor_id,
                    kind=AuditKind.PRESET_SAVED,
                    after={"name": new.name},
                    now=now,
                )
        return replaced

    async def offered(self, guild_id: int, user_id: int) -> list[Preset]:
        """Return the presets that a member may use: their own, then the guild's, each by name."""
        async with self._database.reading() as tx:
            return await presets.offered(tx, guild_id, user_id)

    async def called(self, guild_id: int, user_id: int, name: str) -> tuple[Preset, list[Reference]]:
        """Return the preset that a member means by a name, with its references in order.

        Raises:
            PresetUnknownError: there is none.
            PresetImagesGoneError: it is not what it was any more.
        """
        async with self._database.reading() as tx:
            preset = await _called(tx, guild_id, user_id, name)
            if preset is None:
                raise PresetUnknownError
            kept = await presets.references_of(tx, preset.id)
        if preset.lost_references:
            raise PresetImagesGoneError
        require_kept(kept)
        return preset, kept

    async def delete(self, guild_id: int, user_id: int, name: str, *, of_guild: bool) -> Preset:
        """Remove a preset of the member's, or of the guild's.

        Raises:
            PresetUnknownError: there is none.
            PresetOfGuildError: it is the guild's, and a member's was meant.
        """
        async with self._database.transaction() as tx:
            preset = await _called(tx, guild_id, GUILDS_OWN if of_guild else user_id, name)
            if preset is None:
                raise PresetUnknownError
            if preset.is_guilds and not of_guild:
                raise PresetOfGuildError
            await presets.delete(tx, preset.id, self._clock.now())
            if of_guild:
                await audit.record(
                    tx,
                    guild_id=guild_id,
                    actor_id=user_id,
                    kind=AuditKind.PRESET_DELETED,
                    before={"name": preset.name},
                    now=self._clock.now(),
                )
        return preset


def require_kept(kept: Sequence[Reference]) -> None:
    """Raise PresetImagesGoneError where one of a preset's images is gone."""
    if not all(reference.is_kept for reference in kept):
        raise PresetImagesGoneError


async def _called(tx: Transaction, guild_id: int, user_id: int, name: str) -> Preset | None:
    preset = await presets.called(tx, guild_id, user_id, name)
    if preset is None and name.strip().startswith(OF_GUILD):
        preset = await presets.called(tx, guild_id, GUILDS_OWN, name.strip().removeprefix(OF_GUILD))
    return preset


async def _require_room(tx: Transaction, new: NewPreset) -> None:
    most_bytes = MOST_BYTES_OF_A_GUILD if new.user_id == GUILDS_OWN else MOST_BYTES_OF_A_MEMBER
    size_bytes = await presets.reference_bytes(tx, new.guild_id, new.user_id)
    if size_bytes > most_bytes:
        raise PresetImagesLargeError(size_bytes=size_bytes, most_bytes=most_bytes)


def require_usable(name: str, prompt: str) -> None:
    """Raise PresetError, one of its kinds, for what cannot be kept."""
    require_name(name)
    if says_nothing(prompt) or len(prompt) > MAX_PROMPT_CHARS:
        raise PresetPromptError
    names = blanks_of(prompt)
    if len(names) > MAX_BLANKS:
        raise TooManyBlanksError(len(names))
    if any(len(blank) > MAX_BLANK_CHARS for blank in names):
        raise BlankNameError


def require_name(name: str) -> None:
    """Raise PresetNameError for an empty name and for one that is too long."""
    if not 1 <= len(name.strip()) <= MAX_NAME_CHARS:
        raise PresetNameError
