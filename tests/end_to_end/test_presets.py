"""Presets: prompts with blanks, options and images that are kept under a name and used again."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from sandbox.client import Interaction, Member, RefusedError, controls_of, text_of
from tests.end_to_end.test_forget_me import WORD, forget, holders, log_to, pictures, until_forgotten
from tests.end_to_end.test_remix import card_of
from tests.world import World, png


async def said(world: World, who: str, command: str, **options: Any) -> str:
    """Use a command; return its private answer."""
    answer = await (await world.member(who).slash(command, **options)).message()
    assert answer["ephemeral"]
    return text_of(answer)


async def form(who: Member, command: str, **options: Any) -> tuple[Interaction, dict[str, Any]]:
    """Use a command that opens a form; return its interaction and the form."""
    opened = await who.slash(command, **options)
    modal = (await opened.response()).modal
    assert modal is not None
    return opened, modal


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
    sheet = await maya.upload(blue, "blue.png")
    (offered,) = await maya.autocomplete("imagine", focused="preset", preset="no", count=2, reference1=sheet)
    assert offered["value"] == "Noir"
    assert offered["name"].startswith("Noir · 36 credits: {subject} in the rain")
    (dearer,) = await maya.autocomplete("preset use", focused="name", name="RAIN", resolution="4K")
    assert dearer["name"].startswith("Noir · 24 credits")
    assert await world.member("theo").autocomplete("preset use", focused="name", name="") == []
    opened, modal = await form(maya, "imagine", preset="noir", resolution="1K", reference2=sheet)
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
    await world.pause()
    await said(world, "maya", "preset save", name="one", prompt='{thing}, {"style": "noir"}')
    await said(world, "maya", "preset save", name="none", prompt="a quiet lake", count=2)
    await (await maya.slash("imagine", preset="one", prompt="an owl")).response()
    await (await maya.slash("preset use", name="none", count=1)).response()
    await (await maya.slash("imagine", preset="none", prompt="at night")).response()
    await said(world, "maya", "preset save", name="two", prompt="{this} and {that}", output_format="jpg")
    opened, modal = await form(maya, "imagine", preset="two", prompt="an owl")
    assert [label["component"].get("value") for label in modal["components"]] == ["an owl", None]
    await (await maya.submit_modal(opened, {"blank1": "an owl", "blank2": "{this}"})).response()
    opened, _ = await form(maya, "preset use", name="two", output_format="png")
    await (await maya.submit_modal(opened, {"blank1": "a", "blank2": "b"})).response()
    await world.until(lambda: world.states() == ["queued"] * 6)
    orders = [(row["prompt"], row["output_format"]) for row in world.rows("SELECT * FROM request ORDER BY id")]
    assert orders == [
        ('an owl, {"style": "noir"}', "png"),
        ("a quiet lake", "png"),
        ("a quiet lake\nat night", "png"),
        ("an owl and {this}", "jpg"),
        ("a and b", "png"),
    ]
    world.audit()


async def test_what_would_be_refused_is_said_before_the_form_and_what_was_typed_comes_back_after(
    world: World,
) -> None:
    maya, olive = world.member("maya"), world.member("olive")
    files = {f"reference{number}": await maya.upload(png(), f"{number}.png") for number in range(1, 9)}
    await said(world, "maya", "preset save", name="x", prompt="{a} {b}", reference1=files["reference1"])
    assert "9 references" in await said(world, "maya", "imagine", preset="x", **files)
    no_picture = await maya.upload(b"x", "notes.txt")
    text = await said(world, "maya", "imagine", preset="x", reference1=no_picture)
    assert "`reference1` (notes.txt) is not an image" in text
    assert "takes 4,000" in await said(world, "maya", "imagine", preset="x", prompt="w" * 4001)
    assert "rather than `prompt_file`" in await said(world, "maya", "imagine", preset="x", prompt_file=no_picture)
    channel_id, bot_id = await world.discord.channel_id("images"), (await world.discord.world())["bot"]["id"]
    denied = {"id": bot_id, "type": 1, "allow": "0", "deny": str(1 << 15)}
    await world.discord.change_channel(channel_id, overwrites=[denied])
    assert "**Attach Files**" in await said(world, "maya", "preset use", name="x")
    await world.discord.change_channel(channel_id, overwrites=[])
    await (await olive.slash("block word", word="dragon")).response()
    opened, _ = await form(maya, "preset use", name="x")
    sent = await maya.submit_modal(opened, {"blank1": "a dragon", "blank2": "at noon"})
    assert "dragon" in text_of(await sent.message())
    back = await maya.wait_for_message(lambda message: bool(message["attachments"]))
    assert await maya.download(back["attachments"][0]["url"]) == b"a dragon\nat noon"
    opened, _ = await form(maya, "preset use", name="x")
    await said(world, "maya", "preset save", name="x", prompt="{other} words")
    for file in (world.data / "media" / "references").rglob("*.png"):
        file.unlink()
    sent = await maya.submit_modal(opened, {"blank1": "an owl", "blank2": "at noon"})
    assert "not kept any more" in text_of(await sent.message())
    await (await olive.slash("budget default", amount="10")).response()
    assert "8 credits are missing" in await said(world, "maya", "preset use", name="x")
    assert world.rows("SELECT * FROM request") == []
    assert await world.kie.tasks() == []
    world.audit()


async def test_presets_of_the_server_are_saved_by_moderators_and_used_by_all(world: World) -> None:
    refused = await said(world, "theo", "preset save", name="Ours", prompt="a crest", for_server=True)
    assert "Only moderators" in refused
    olive = world.member("olive")
    opened, _ = await form(olive, "preset save", name="Ours", for_server=True)
    long = "a crest with a fox\n" * 100
    saved = await olive.submit_modal(opened, {"prompt": long, "files": [await olive.upload(png(), "crest.png")]})
    assert "for everybody in this server" in text_of(await saved.message())
    assert "Ours** · the server's · 1 reference · 18 credits" in await said(world, "theo", "preset list")
    assert "You have no presets" in await said(world, "ines", "preset list", channel="Harbor/images")
    assert "Moderators delete it with" in await said(world, "theo", "preset delete", name="Ours")
    assert "Only moderators" in await said(world, "theo", "preset delete", name="Ours", for_server=True)
    assert await world.member("theo").autocomplete("preset delete", focused="name", name="o") == []
    for_server = await olive.autocomplete("preset delete", focused="name", name="o", for_server=True)
    assert [choice["value"] for choice in for_server] == ["Ours"]
    harbor = world.member("ines")
    assert await harbor.autocomplete("imagine", focused="preset", preset="", channel="Harbor/images") == []
    refused = await harbor.slash("preset use", name="Ours", channel="Harbor/images")
    assert "no preset of that name" in text_of(await refused.message())
    await said(world, "theo", "preset save", name="ours", prompt="mine of the same name")
    await (await world.member("theo").slash("preset use", name="OURS", private=True)).response()
    await world.until(lambda: world.states() == ["delivered"])
    assert world.rows("SELECT prompt, private FROM request")[0]["prompt"] == "mine of the same name"
    both = await world.member("theo").autocomplete("imagine", focused="preset", preset="ours")
    assert [choice["value"] for choice in both] == ["ours", "server:Ours"]
    await (await world.member("theo").slash("preset use", name="server:Ours", private=True)).response()
    await world.until(lambda: world.states() == ["delivered"] * 2)
    assert world.rows("SELECT prompt FROM request ORDER BY id")[1]["prompt"] == long.strip()
    for number in range(8):
        await said(world, "theo", "preset save", name=f"preset {number}", prompt="a fox")
    listed = await (await world.member("theo").slash("preset list")).message()
    assert [control["label"] for control in controls_of(listed)] == ["Next"]
    assert "Asks for" not in text_of(listed)
    second = await (await world.member("theo").click(listed, "Next")).message()
    assert "Page 2 of 2" in text_of(second)
    assert [control["label"] for control in controls_of(second)] == ["Previous"]
    opened, _ = await form(olive, "preset save", name="Ours", for_server=True)
    again = await (await olive.submit_modal(opened, {"prompt": "{what} crest"})).message()
    assert "replaced, for everybody in this server. The prompt it had before is in the file." in text_of(again)
    assert await olive.download(again["attachments"][0]["url"]) == long.strip().encode()
    gone = await (await olive.slash("preset delete", name="Ours", for_server=True)).message()
    assert await olive.download(gone["attachments"][0]["url"]) == b"{what} crest"


async def test_who_moderates_no_longer_when_the_form_is_sent_keeps_nothing_but_the_prompt(world: World) -> None:
    theo, known = world.member("theo"), await world.discord.world()
    orchard = next(guild["id"] for guild in known["guilds"] if guild["name"] == "Orchard")
    role = (await world.discord.add_role(orchard, "Helpers"))["id"]
    world.write(f"INSERT INTO guild_role (guild_id, purpose, role_id) VALUES ({orchard}, 'moderator', {role})")
    await world.discord.set_roles(orchard, "theo", [role])
    opened, _ = await form(theo, "preset save", name="Ours", for_server=True)
    await world.discord.set_roles(orchard, "theo", [])
    sent = await theo.submit_modal(opened, {"prompt": "a crest\nof two lines"})
    assert "Only moderators" in text_of(await sent.message())
    back = await theo.wait_for_message(lambda message: bool(message["attachments"]))
    assert await theo.download(back["attachments"][0]["url"]) == b"a crest\nof two lines"
    assert world.rows("SELECT * FROM preset") == []
    lines = "".join(["a long prompt of several lines\n"] * 300)
    file = await theo.upload(lines.encode(), "prompt.txt")
    assert "saved, for you" in await said(world, "theo", "preset save", name="long", prompt_file=file)
    assert world.rows("SELECT prompt FROM preset")[0]["prompt"] == lines.strip()
    twice = await said(world, "theo", "preset save", name="both", prompt="a fox", prompt_file=file)
    assert "not both" in twice
    assert [row["name"] for row in world.rows("SELECT name FROM preset")] == ["long"]


async def test_presets_of_a_forgotten_moderator_leave_the_server_and_its_log(world: World) -> None:
    olive, theo = world.member("olive"), world.member("theo")
    await log_to(world, "general")
    crest = png(colour="green")
    image = await olive.upload(crest, "crest.png")
    await said(world, "olive", "preset save", name=WORD, prompt=f"{WORD} {{x}}", for_server=True, reference1=image)
    await world.message_with(f"saved the server's preset “{WORD}”", "theo", channel="general")
    opened, _ = await form(theo, "preset use", name=WORD)
    await forget(world, "olive")
    await until_forgotten(world)
    assert holders(world, WORD.encode()) == []
    assert sha256(crest).hexdigest() not in pictures(world.data / "media")
    assert all(WORD not in text_of(message) for message in await theo.messages("general"))
    await world.message_with("saved a preset of the server", "theo", channel="general")
    sent = await theo.submit_modal(opened, {"blank1": "a fox"})
    assert "too old to be sent" in text_of(await sent.message())
    assert world.rows("SELECT * FROM request") == []


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
