"""What members and moderators do in a round. What Discord's client or the bot refuses is part of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from sandbox.client import Member, RefusedError, controls_of
from tests.world import Message, World, png

PLACES = {
    "maya": ("Orchard/images", "general", "night-scenes"),
    "theo": ("Orchard/images", "Harbor/images"),
    "olive": ("Orchard/images",),
    "juno": ("Harbor/images",),
    "ines": ("Harbor/images",),
}
ASKERS = tuple(PLACES)
MODERATORS = {"olive": "Orchard/images", "juno": "Harbor/images"}
Act = Callable[[], Awaitable[None]]


class People:
    """Acts at random. Every prompt is one of its kind, so that the witnesses can tell requests apart.

    Attributes:
        cards_deleted: messages that somebody removed by hand.
    """

    def __init__(self, world: World, chance: random.Random, seed: int) -> None:
        self._world = world
        self._chance = chance
        self._seed = seed
        self._asked = 0
        self.cards_deleted: set[str] = set()
        self.did: list[str] = []

    async def act(self) -> None:
        """Do one thing, and take no offence where it is refused or nobody answers."""
        chance = self._chance
        act: Act = chance.choices(
            (self._imagine, self._press, self._moderate, self._look, self._nonsense, self._remove_a_message),
            (10, 6, 3, 2, 1, 1),
        )[0]
        self.did.append(act.__name__.strip("_"))
        try:
            async with asyncio.timeout(8):
                await act()
        except (RefusedError, TimeoutError, aiohttp.ClientError, LookupError):
            pass

    def pause_s(self) -> float:
        """Return how long somebody waits before the next act."""
        return self._chance.uniform(0, 0.6)

    async def _imagine(self) -> None:
        chance = self._chance
        name = chance.choice(ASKERS)
        member = self._world.member(name)
        self._asked += 1
        options: dict[str, Any] = {"prompt": f"fox {self._seed} number {self._asked} end"}
        if chance.random() < 0.4:
            options["count"] = chance.randint(1, 4)
        if chance.random() < 0.3:
            options["resolution"] = chance.choice(("1K", "2K", "2K", "4K"))
        if chance.random() < 0.3:
            options["output_format"] = "jpg"
        if chance.random() < 0.3:
            options["aspect_ratio"] = chance.choice(("16:9", "9:16", "21:9"))
        options |= {mark: True for mark, share in (("spoiler", 0.1), ("private", 0.15)) if chance.random() < share}
        if chance.random() < 0.2:
            for number in range(1, chance.randint(2, 4)):
                colour = chance.choice(("red", "green", "blue"))
                options[f"reference{number}"] = await member.upload(png(colour=colour), f"{colour}.png")
        if chance.random() < 0.05:
            options["reference1"] = await member.upload(b"no picture at all", "broken.png")
        await member.slash("imagine", channel=chance.choice(PLACES[name]), **options)

    async def _press(self) -> None:
        chance = self._chance
        name = chance.choice(ASKERS)
        member = self._world.member(name)
        label = chance.choice(("Cancel", "Cancel", "Again", "Again", "4K", "Star", "Delete", "Info", "Remix"))
        message, control = self._find(await member.messages(chance.choice(PLACES[name])), label)
        pressed = await member.click(message, control)
        if label == "Delete":
            asked = await pressed.message()
            await member.click(asked, self._labelled(asked, "Delete"))
        elif label == "Remix":
            await self._remix(member, pressed)

    async def _remix(self, member: Member, pressed: Any) -> None:
        if (await pressed.response()).modal is None:
            return
        self._asked += 1
        values = {
            "prompt": f"fox {self._seed} number {self._asked} end",
            "files": [],
            "aspect_ratio": ["1:1"],
            "size": ["1K:png"],
            "count": [self._chance.choice(("1", "2"))],
        }
        for _ in range(self._chance.choice((1, 1, 2))):  # sent twice now and then
            await member.submit_modal(pressed, values)

    async def _moderate(self) -> None:
        chance = self._chance
        name = chance.choice(tuple(MODERATORS))
        member, place = self._world.member(name), MODERATORS[name]
        what = chance.choice(("grant", "adjust", "queue", "clear", "default", "usage"))
        if what in ("grant", "adjust"):
            ids = {user["name"]: user["id"] for user in (await self._world.discord.world())["users"]}
            amount = chance.randint(1, 100) if what == "grant" else -chance.randint(1, 40)
            options: dict[str, Any] = {"member": ids[chance.choice(ASKERS)], "amount": amount, "reason": "chaos"}
            await member.slash(f"budget {what}", channel=place, **options)
        elif what == "default":
            amount = str(chance.choice((180, 360, 720)))
            await member.slash("budget default", channel=place, amount=amount, period=chance.choice(("day", "week")))
        elif what == "usage":
            await member.slash("usage", channel=place)
        else:
            panel = await (await member.slash("queue", channel=place)).message()
            label = chance.choice(("Pause", "Resume")) if what == "queue" else "Clear"
            await member.click(panel, self._labelled(panel, label))

    async def _look(self) -> None:
        name = self._chance.choice(ASKERS)
        command = self._chance.choice(("credits", "history show", "preset list"))
        await self._world.member(name).slash(command, channel=PLACES[name][0])

    async def _nonsense(self) -> None:
        """Press what is not there, for an image that may not exist, or of another guild."""
        name = self._chance.choice(ASKERS)
        message = self._chance.choice(await self._world.member(name).messages(PLACES[name][0]))
        act, price = self._chance.choice(
            (("again", ":18"), ("remix", ":18"), ("delete", ""), ("4k", ":24"), ("4k", ":1"), ("no such act", ""))
        )
        custom_id = f"plantain:image:{act}:{self._chance.randint(1, 9)}{price}"
        await self._world.member(name).forge_click(message, custom_id)

    async def _remove_a_message(self) -> None:
        name = self._chance.choice(tuple(MODERATORS))
        member = self._world.member(name)
        messages = [entry for entry in await member.messages(MODERATORS[name]) if not entry.get("ephemeral")]
        message = self._chance.choice(messages)
        self.cards_deleted.add(message["id"])
        await member.delete(message)

    def _find(self, messages: list[Message], label: str) -> tuple[Message, str]:
        found = [
            (message, control["custom_id"])
            for message in messages
            for control in controls_of(message)
            if str(control.get("label", "")).startswith(label)
        ]
        return self._chance.choice(found)

    @staticmethod
    def _labelled(message: Message, start: str) -> str:
        found = [entry for entry in controls_of(message) if str(entry.get("label", "")).startswith(start)]
        return found[0]["custom_id"]  # an IndexError is a LookupError: see `act`
