"""Presets: prompts with blanks, options and references under a name, for a member or for a whole guild.

PresetError
├── PresetUnknownError   there is no preset of that name
├── PresetNameError      the name is empty or too long
├── PresetPromptError    the prompt is empty or too long
├── TooManyBlanksError   more blanks than a form has fields
└── BlankNameError       a blank whose name is too long for a form
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from generation.clock import Clock
from generation.errors import GenerationError
from generation.options import MAX_PROMPT_CHARS
from storage import audit, presets
from storage.audit import AuditKind
from storage.database import Database
from storage.presets import GUILDS_OWN, NewPreset, Preset
from storage.references import NewReference, Reference

MOST_OF_A_MEMBER = 25
MOST_OF_A_GUILD = 50
MAX_NAME_CHARS = 32
MAX_BLANKS = 5
"""A form of Discord's has five fields."""
MAX_BLANK_CHARS = 40

BLANK = re.compile(r"\{\s*(\w[\w '-]*)\}")
"""Letters, digits, spaces, hyphens and apostrophes; braces around anything else are part of the prompt."""


class PresetError(GenerationError):
    """A preset cannot be kept or used. Nothing was written."""


class PresetUnknownError(PresetError):
    """There is no preset of that name."""


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


def blanks_of(prompt: str) -> list[str]:
    """Return the names of a prompt's blanks, each once, in order; `{a subject}` is one, empty braces are none."""
    names = (found.group(1).strip() for found in BLANK.finditer(prompt))
    return list(dict.fromkeys(name for name in names if name))


def filled(prompt: str, values: Mapping[str, str]) -> str:
    """Return the prompt with each blank replaced, in one pass, so that braces in a value mean nothing."""
    return BLANK.sub(lambda found: values.get(found.group(1).strip(), found.group()), prompt)


class PresetDesk:
    """Keeps presets. Whether somebody may keep one for the guild is asked before."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def save(self, new: NewPreset, kept: Sequence[NewReference], *, actor_id: int) -> bool:
        """Keep a preset; return whether it replaced one of the same name.

        Raises:
            PresetError: see its kinds.
            TooManyPresetsError: its owner keeps as many as they may.
        """
        require_usable(new.name, new.prompt)
        most, now = MOST_OF_A_GUILD if new.user_id == GUILDS_OWN else MOST_OF_A_MEMBER, self._clock.now()
        async with self._database.transaction() as tx:
            replaced = await presets.save(tx, new, kept, most=most, actor_id=actor_id, now=now)
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
        """
        async with self._database.reading() as tx:
            preset = await presets.called(tx, guild_id, user_id, name)
            if preset is None:
                raise PresetUnknownError
            return preset, await presets.references_of(tx, preset.id)

    async def delete(self, guild_id: int, user_id: int, name: str, *, of_guild: bool) -> Preset:
        """Remove a preset of the member's, or of the guild's.

        Raises:
            PresetUnknownError: there is none.
        """
        async with self._database.transaction() as tx:
            owner_id = GUILDS_OWN if of_guild else user_id
            preset = await presets.called(tx, guild_id, owner_id, name)
            if preset is None or preset.is_guilds != of_guild:
                raise PresetUnknownError
            await presets.delete(tx, preset.id)
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


def require_usable(name: str, prompt: str) -> None:
    """Raise PresetError, one of its kinds, for what cannot be kept."""
    if not 1 <= len(name.strip()) <= MAX_NAME_CHARS:
        raise PresetNameError
    if not prompt.strip() or len(prompt) > MAX_PROMPT_CHARS:
        raise PresetPromptError
    names = blanks_of(prompt)
    if len(names) > MAX_BLANKS:
        raise TooManyBlanksError(len(names))
    if any(len(blank) > MAX_BLANK_CHARS for blank in names):
        raise BlankNameError
