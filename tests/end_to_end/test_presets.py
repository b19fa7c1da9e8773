"""Presets: prompts with blanks, options and images that are kept under a name and used again."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from sandbox.client import RefusedError, controls_of, text_of
from tests.end_to_end.test_remix import card_of
from tests.world import World, png


async def said(world: World, who: str, command: str, **options: Any) -> str:
    """Use a command; return its private answer."""
    answer = await (await world.member(who).slash(command, **options)).message()
    assert answer["ephemeral"]
    return text_of(answer)


async def test_preset_keeps_prompt_options_and_images_and_asks_for_its_blanks_over_a_restart(world: World) -> None:
    maya, red, blue = world.member("maya"), png(colour="red"), png(colour="blue")
    text = await said(
        world,
        "maya",
        "preset save",
        name="Noir",
        prompt="{subject} in the rain, {mood}, {subject} again",
        aspect_ratio="16:9",
        resolution="2K",
        output_format="jpg",
        reference1=await maya.upload(red, "red.png"),
    )
    assert "asks for **subject**, **mood**" in text
    assert "1 reference" in text
    offered = await maya.autocomplete("imagine", focused="preset", preset="no")
    assert [choice["value"] for choice in offered] == ["Noir"]
    assert await world.member("theo").autocomplete("preset use", focused="name", name="") == []
    opened = await maya.slash("imagine", preset="noir", resolution="1K", reference2=await maya.upload(blue, "blue.png"))
    modal = (await opened.response()).modal
    assert modal is not None
    assert modal["title"] == "Noir · 18 credits"
    assert [label["label"] for label in modal["components"]] == ["subject", "mood"]
    await said(world, "maya", "preset delete", name="Noir")
    await world.kill_bot()
    await world.start_bot()
    await (await maya.submit_modal(opened, {"blank1": "a {fox}", "blank2": "sad"})).response()
    await card_of(world, "a {fox} in the rain, sad, a {fox} again")
    (task,) = await world.kie.tasks()
    assert task["input"]["prompt"] == "a {fox} in the rain, sad, a {fox} again"
    options = (task["input"]["aspect_ratio"], task["input"]["resolution"], task["input"]["output_format"])
    assert options == ("16:9", "1K", "jpg")
    assert task["references"] == [sha256(red).hexdigest(), sha256(blue).hexdigest()]
    assert "no preset of that name" in await said(world, "maya", "preset use", name="Noir")
    world.audit()


async def test_own_words_fill_the_one_blank_or_are_added_at_the_end(world: World) -> None:
    maya = world.member("maya")
    await said(world, "maya", "preset save", name="one", prompt='{thing}, {"style": "noir"}')
    await said(world, "maya", "preset save", name="none", prompt="a quiet lake", count=2)
    await (await maya.slash("imagine", preset="one", prompt="an owl")).response()
    await (await maya.slash("preset use", name="none", count=1)).response()
    await (await maya.slash("imagine", preset="none", prompt="at night")).response()
    await world.until(lambda: world.states() == ["delivered"] * 4)
    prompts = [row["prompt"] for row in world.rows("SELECT prompt FROM request ORDER BY id")]
    assert prompts == ['an owl, {"style": "noir"}', "a quiet lake", "a quiet lake\nat night"]
    world.audit()


async def test_presets_of_the_server_are_saved_by_moderators_and_used_by_all(world: World) -> None:
    refused = await said(world, "theo", "preset save", name="Ours", prompt="a crest", for_server=True)
    assert "Only moderators" in refused
    olive = world.member("olive")
    opened = await olive.slash("preset save", name="Ours", for_server=True)
    assert (await opened.response()).modal is not None
    long = "a crest with a fox\n" * 100
    saved = await olive.submit_modal(opened, {"prompt": long, "files": [await olive.upload(png(), "crest.png")]})
    assert "for everybody in this server" in text_of(await saved.message())
    assert "Ours** · the server's · 1 reference" in await said(world, "theo", "preset list")
    assert "You have no presets" in await said(world, "ines", "preset list", channel="Harbor/images")
    assert "no preset of that name" in await said(world, "theo", "preset delete", name="Ours")
    await said(world, "theo", "preset save", name="ours", prompt="mine of the same name")
    await (await world.member("theo").slash("preset use", name="OURS", private=True)).response()
    await world.until(lambda: world.states() == ["delivered"])
    assert world.rows("SELECT prompt, private FROM request")[0]["prompt"] == "mine of the same name"
    for number in range(12):
        await said(world, "theo", "preset save", name=f"preset {number}", prompt="a fox")
    listed = await (await world.member("theo").slash("preset list")).message()
    assert [control["label"] for control in controls_of(listed)] == ["Next"]
    second = await (await world.member("theo").click(listed, "Next")).message()
    assert "Page 2 of 2" in text_of(second)
    gone = await (await olive.slash("preset delete", name="Ours", for_server=True)).message()
    assert await olive.download(gone["attachments"][0]["url"]) == long.strip().encode()


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("{a} {b} {c} {d} {e} {f}", "has 6 blanks"),
        ("{" + "x" * 41 + "}", "at most 40 characters"),
        ("   ", "1 to 10,000 characters"),
    ],
)
async def test_preset_over_the_limits_is_refused_and_nothing_is_kept(world: World, prompt: str, says: str) -> None:
    assert says in await said(world, "maya", "preset save", name="x", prompt=prompt)
    assert world.rows("SELECT * FROM preset") == []


async def test_preset_beyond_the_most_and_images_that_are_none_are_refused(world: World) -> None:
    maya = world.member("maya")
    assert "is not an image" in await said(
        world, "maya", "preset save", name="x", prompt="x", reference1=await maya.upload(b"no picture", "x.png")
    )
    with pytest.raises(RefusedError):
        await maya.slash("preset save", name="x" * 33, prompt="x")
    guild = next(one for one in (await world.discord.world())["guilds"] if one["name"] == "Orchard")["id"]
    user = next(one for one in (await world.discord.world())["users"] if one["name"] == "maya")["id"]
    world.write(
        "INSERT INTO preset (guild_id, user_id, name, name_key, prompt, set_by, set_at)"
        " WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 25)"
        f" SELECT {guild}, {user}, 'n' || i, 'n' || i, 'a fox', {user}, 1 FROM n"
    )
    assert "25 presets already" in await said(world, "maya", "preset save", name="x", prompt="x")
    assert "replaced" in await said(world, "maya", "preset save", name="n3", prompt="another")
    assert len(list((world.data / "media" / "references").rglob("*.*"))) == 0
