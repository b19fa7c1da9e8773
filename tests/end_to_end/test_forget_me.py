"""/forget-me: afterwards nothing holds the member's words or pictures, and the books still add up."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from sandbox.client import controls_of, media_of, text_of
from tests.end_to_end.test_remix import finished, press, remixed
from tests.world import Message, World, png

WORD = "zanzibarquokka"


def holders(world: World, *needles: bytes) -> list[str]:
    """Return the files of the bot's that hold any of these bytes, or are named by one of these hashes."""
    files = [path for path in world.data.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(needle in path.read_bytes() for needle in needles)]


def pictures(folder: Path) -> set[str]:
    """Return the hashes of all files below a folder."""
    return {sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


async def log_to(world: World, channel: str) -> None:
    """Name a log channel as a moderator does."""
    olive, channel_id = world.member("olive"), await world.discord.channel_id(channel)
    panel = await (await olive.slash("settings")).message()
    panel = await (await olive.click(panel, "plantain:settings:notices:open:")).message()
    await (await olive.click(panel, "plantain:settings:notices:log:", [channel_id])).done()


async def forget(world: World, who: str) -> None:
    """Answer both questions."""
    member = world.member(who)
    first = await (await member.slash("forget-me")).message()
    second = await (await member.click(first, "Forget me …")).message()
    done = await (await member.click(second, "Yes, erase everything")).message()
    assert "You are forgotten" in text_of(done)


async def until_forgotten(world: World) -> None:
    await world.until(
        lambda: (
            not any(world.rows(f"SELECT 1 FROM {table}") for table in ("forgetting", "file_removal", "message_removal"))
        )
    )


def account(world: World, user: int) -> dict[str, Any]:
    return dict(world.rows("SELECT allowance, grants FROM account WHERE user_id = ?", user)[0])


async def test_nothing_is_left_of_a_members_words_and_pictures_and_others_keep_theirs(world: World) -> None:
    maya, theo = world.member("maya"), world.member("theo")
    members = {user["name"]: int(user["id"]) for user in (await world.discord.world())["users"]}
    await log_to(world, "general")
    shared, own = png(colour="red"), png(colour="blue")
    first = await finished(
        world,
        "maya",
        prompt=f"a {WORD} fox",
        reference1=await maya.upload(shared, "a.png"),
        reference2=await maya.upload(own, "b.png"),
    )
    await finished(world, "theo", prompt="theo's own", reference1=await theo.upload(shared, "c.png"))
    theirs = await remixed(world, "theo", first, "theo's remix")
    await (await maya.slash("imagine", prompt=f"secret {WORD}", private=True)).response()
    await (await maya.slash("preset save", name=WORD, prompt=f"{WORD} {{x}}")).response()
    opened = await maya.slash("imagine", private=True)
    assert (await opened.response()).modal is not None
    shown = await (await maya.forge_click(first, "plantain:image:show:1")).message()
    assert media_of(shown)
    await world.until(lambda: world.states() == ["delivered"] * 4)
    await world.message_with(WORD, "olive", channel="general")
    before = account(world, members["maya"])
    kept = {sha256(shared).hexdigest()}
    gone = {row["sha"] for row in world.rows("SELECT result_sha256 AS sha FROM job WHERE user_id = ?", members["maya"])}
    assert pictures(world.data / "media") >= gone | {sha256(own).hexdigest()}
    asked = await (await maya.slash("forget-me")).message()
    assert "2 requests**, **2 images** and **1 preset" in text_of(asked)
    assert "somebody else" in text_of(
        await (await theo.forge_click(theirs, f"plantain:forget:now:{members['maya']}")).message()
    )
    assert "Nothing was erased" in text_of(await (await maya.click(asked, "Keep everything")).message())
    await forget(world, "maya")
    await until_forgotten(world)
    assert holders(world, WORD.encode(), str(members["maya"]).encode() + b" " + WORD.encode()) == []
    left = pictures(world.data / "media")
    assert not left & (gone | {sha256(own).hexdigest()})
    assert left >= kept
    thumbnails = {path.stem for path in (world.data / "media" / "thumbnails").rglob("*.webp")}
    assert not thumbnails & gone
    for channel in ("images", "general"):
        for who in ("olive", "maya"):
            seen = [message for message in await world.member(who).messages(channel) if not message["ephemeral"]]
            assert all(WORD not in text_of(message) for message in seen)
    assert "wanted to be forgotten" in str([text_of(message) for message in await theo.messages("general")])
    await (await maya.slash("credits")).message()
    assert account(world, members["maya"]) == before
    world.audit()
    assert world.rows("SELECT count(*) AS n FROM request WHERE user_id = ?", members["maya"])[0]["n"] == 0
    family = await (await press(world, "theo", theirs, "Family")).message()
    assert "1 by somebody; 2 by Theo" in family["components"][0]["components"][1]["items"][0]["description"]
    assert "nothing to forget" in text_of(await (await maya.slash("forget-me")).message())
    await finished(world, "maya", prompt="anew")
    world.audit()


async def test_forgetting_goes_on_after_a_crash_and_waits_for_images_in_work(world: World) -> None:
    maya = world.member("maya")
    await finished(world, "maya", prompt=f"a {WORD}")
    await world.pause()
    waiting = await maya.slash("imagine", prompt=f"waiting {WORD}")
    card: Message = await waiting.message()
    question = await (await maya.slash("forget-me")).message()
    second = await (await maya.click(question, "Forget me …")).message()
    refused = await (await maya.click(second, "Yes, erase everything")).done()
    assert refused.failure is None
    await maya.wait_for_message(lambda message: "1 image of yours is waiting" in text_of(message))
    await (await maya.click(card, "Cancel")).done()
    await world.discord.set_faults(missing_access={"route": "DELETE /channels/*/messages/*", "times": 1})
    again = await maya.click(second, "Yes, erase everything")
    await again.response()
    await world.kill_bot()
    await world.start_bot()
    await world.until(lambda: not world.rows("SELECT 1 FROM request WHERE forgotten_at IS NULL"))
    await until_forgotten(world)
    assert holders(world, WORD.encode()) == []
    assert list((world.data / "media" / "results").rglob("*.png")) == []
    greeting = await (await maya.slash("credits")).message()
    stale = await (await maya.forge_click(greeting, "plantain:image:info:1")).message()
    assert "wanted to be forgotten" in text_of(stale)
    assert controls_of(stale) == []
    world.audit()
