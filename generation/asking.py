"""An ask on its way in: who asks where, and for what."""

from __future__ import annotations

from dataclasses import dataclass, field

from generation.options import GenerationRequest
from storage.accounts import Account
from storage.references import NewReference
from storage.requests import CardPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """A member in a channel, at the moment they ask.

    Attributes:
        role_ids: the roles the member has now.
        parent_channel_id: of a thread or forum post, else None.
        in_private_thread: whether only those who were invited see the channel.
        name: as the guild shows the member now.
        is_direct: whether the channel is the one of their direct messages with the bot.
    """

    account: Account
    role_ids: frozenset[int]
    channel_id: int
    parent_channel_id: int | None = None
    in_private_thread: bool = False
    is_direct: bool = False
    name: str = ""

    @property
    def channel_ids(self) -> tuple[int, ...]:
        """The channel, and the one it hangs on."""
        return (self.channel_id,) if self.parent_channel_id is None else (self.channel_id, self.parent_channel_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a member asked for.

    Attributes:
        interaction_id: makes a repeated event harmless.
        order: prompt and options, already validated.
        image_count: 1 to 4.
        references: in prompt order, their files already in the media folder.
        card: where the card is, if it was posted before the references were read.
        private: for its member's eyes alone.
        answer_token: of the interaction whose answer is a private card: for 15 minutes the only way to edit it.
        parent_job_id: the image it is made from, None where it is made from none of ours.
    """

    asker: Asker
    interaction_id: int
    order: GenerationRequest
    image_count: int
    spoiler: bool
    references: tuple[NewReference, ...] = ()
    card: CardPlace | None = None
    private: bool = False
    answer_token: str | None = field(default=None, repr=False)
    parent_job_id: int | None = None
