"""What a form carries besides what is written into it: kept in the database, so that a restart loses nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

from cogs.attached_file import AttachedFile
from cogs.errors import RefusalError
from cogs.ids import id_of
from cogs.texts import form as texts
from generation.clock import Clock
from storage import open_forms
from storage.accounts import Account
from storage.database import Database

PREFIX = "plantain:imagine:"
_ITS_ID = re.compile(re.escape(PREFIX) + r"([0-9]{1,20})")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormMemory:
    """What was settled when a form was opened.

    Attributes:
        files: references whose bytes were not read yet, in order.
        image_id: the image of ours that it starts from, as its first reference.
        reference_ids: references that are kept, such as a preset's.
        prompt_of: the request whose prompt counts where the member leaves the field empty, None for none.
    """

    spoiler: bool = False
    private: bool = False
    files: tuple[AttachedFile, ...] = ()
    image_id: int | None = None
    reference_ids: tuple[int, ...] = ()
    prompt_of: int | None = None

    @property
    def reference_count(self) -> int:
        """How many references it brings."""
        return len(self.files) + len(self.reference_ids) + (self.image_id is not None)

    def facts(self) -> dict[str, Any]:
        """Return the JSON that `read` understands."""
        return {
            "spoiler": self.spoiler,
            "private": self.private,
            "files": [file.payload() for file in self.files],
            "image_id": self.image_id,
            "reference_ids": list(self.reference_ids),
            "prompt_of": self.prompt_of,
        }

    @classmethod
    def read(cls, facts: dict[str, Any]) -> Self:
        """Return what was kept."""
        return cls(
            spoiler=facts["spoiler"],
            private=facts["private"],
            files=tuple(AttachedFile.from_payload(file) for file in facts["files"]),
            image_id=facts["image_id"],
            reference_ids=tuple(facts["reference_ids"]),
            prompt_of=facts["prompt_of"],
        )


class OpenForms:
    """Keeps the memories of forms by the interaction that opened each."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def keep(self, interaction_id: int, account: Account, memory: FormMemory) -> str:
        """Keep what a form carries for a day; return the form's custom_id, which is like no other's."""
        async with self._database.transaction() as tx:
            await open_forms.keep(tx, interaction_id, account, memory.facts(), self._clock.now())
        return f"{PREFIX}{interaction_id}"

    async def keep_facts(self, interaction_id: int, account: Account, facts: dict[str, Any]) -> None:
        """Keep what another form carries, for a day; `facts` must be JSON."""
        async with self._database.transaction() as tx:
            await open_forms.keep(tx, interaction_id, account, facts, self._clock.now())

    async def facts_of(self, interaction_id: int, user_id: int) -> tuple[int, dict[str, Any]]:
        """Return the guild and the facts of another form.

        Raises:
            RefusalError: it is not known, or somebody else's.
        """
        async with self._database.reading() as tx:
            kept = await open_forms.look_up(tx, interaction_id, user_id)
        if kept is None:
            raise RefusalError(texts.FORM_UNKNOWN)
        return kept

    async def look_up(self, custom_id: str, user_id: int) -> tuple[int, FormMemory]:
        """Return the guild that a form belongs to, and what it carries.

        Raises:
            RefusalError: it is not known, or somebody else's.
        """
        found = _ITS_ID.fullmatch(custom_id)
        if found is not None:
            async with self._database.reading() as tx:
                kept = await open_forms.look_up(tx, id_of(found.group(1)), user_id)
            if kept is not None:
                return kept[0], FormMemory.read(kept[1])
        raise RefusalError(texts.FORM_UNKNOWN)


def is_form(custom_id: str) -> bool:
    """Return whether a form is one that asks for an image, of this version or an earlier one."""
    return custom_id.startswith(PREFIX)
