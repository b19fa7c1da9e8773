"""Images of others become the start of new ones: the buttons of finished cards, and the Apps menu of any message."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from sandbox.client import Interaction, controls_of, media_of, text_of
from tests.world import Message, World, png


def sent(**changes: Any) -> dict[str, Any]:
    """What a member fills into the form of a remix."""
    return {"files": [], "aspect_ratio": ["1:1"], "size": ["1K:png"], "count": ["1"], **changes}


async def finished(world: World, who: str = "maya", *, pictures: int = 1, **options: Any) -> Message:
    """Let a member make an image; return its card."""
    prompt = str(options.setdefault("prompt", "a fox"))
    await (await world.member(who).slash("imagine", **options)).response()
    return await card_of(world, prompt, who, pictures=pictures)


async def card_of(
    world: World, prompt: str, who: str = "maya", *, channel: str = "images", pictures: int = 1
) -> Message:
    """Wait for the finished card of a prompt."""
    return await world.member(who).wait_for_message(
        lambda message: (
            text_of(message).replace("\\", "").startswith(prompt)
            and len(media_of(message)) >= pictures
            and any(str(control.get("label")).startswith("Again") for control in controls_of(message))
        ),
        channel=channel,
        timeout_s=90,
    )


def labelled(message: Message, start: str) -> str:
    """Return the custom_id of the control whose label starts so."""
    return next(control["custom_id"] for control in controls_of(message) if control.get("label", "").startswith(start))


async def press(world: World, who: str, message: Message, start: str) -> Interaction:
    return await world.member(who).click(message, labelled(message, start))


async def form_of(opened: Interaction) -> dict[str, Any]:
    """Return the fields of the form that a press opened, by custom_id, and its title."""
    modal = (await opened.response()).modal
    assert modal is not None
    fields = {label["component"]["custom_id"]: label["component"] for label in modal["components"]}
    hints = {label["component"]["custom_id"]: label.get("description") for label in modal["components"]}
    return {"title": modal["title"], "hints": hints, **fields}


async def remixed(world: World, who: str, message: Message, prompt: str, **changes: Any) -> Message:
    """Let a member remix the image of a card; return the new card."""
    opened = await press(world, who, message, "Remix")
    assert (await opened.response()).modal is not None
    await (await world.member(who).submit_modal(opened, sent(prompt=prompt, **changes))).response()
    return await card_of(world, prompt, who)


def stored_picture(world: World, job_id: int) -> bytes:
    row = world.rows("SELECT result_sha256 AS sha256, result_type AS type FROM job WHERE id = ?", job_id)[0]
    return (world.data / "media" / "results" / row["sha256"][:2] / f"{row['sha256']}.{row['type']}").read_bytes()


async def test_remix_of_remix_of_remix_by_three_members_charges_each_and_keeps_the_family(world: World) -> None:
    first = await finished(world, "maya", prompt="a fox", aspect_ratio="16:9", output_format="jpg")
    opened = await press(world, "theo", first, "Remix · 18 credits")
    form = await form_of(opened)
    assert form["title"] == "Remix of Maya's image"
    assert form["prompt"]["value"] == "a fox"
    assert "Starts from Maya's image" in form["hints"]["files"]
    assert form["files"]["max_values"] == 7
    assert [option["value"] for option in form["size"]["options"] if option.get("default")] == ["1K:jpg"]
    assert [option["value"] for option in form["aspect_ratio"]["options"] if option.get("default")] == ["16:9"]
    scarf = png(colour="blue")
    values = sent(prompt="a fox with a scarf", files=[await world.member("theo").upload(scarf, "scarf.png")])
    await world.kill_bot()
    await world.start_bot()  # the form outlives a restart, and so do all buttons
    await (await world.member("theo").submit_modal(opened, values)).response()
    second = await card_of(world, "a fox with a scarf", "theo")
    third = await remixed(world, "olive", second, "a fox on a boat")
    await remixed(world, "maya", third, "a fox at sea")
    jobs = world.rows("SELECT * FROM job ORDER BY id")
    assert [job["parent_job_id"] for job in jobs] == [None, 1, 2, 3]
    assert [job["root_job_id"] for job in jobs] == [None, 1, 1, 1]
    members = {user["name"]: int(user["id"]) for user in (await world.discord.world())["users"]}
    spent = {row["user_id"]: row["n"] for row in world.rows("SELECT user_id, count(*) AS n FROM job GROUP BY user_id")}
    assert spent == {members["maya"]: 2, members["theo"]: 1, members["olive"]: 1}
    tasks = await world.kie.tasks()
    assert tasks[1]["references"] == [sha256(stored_picture(world, 1)).hexdigest(), sha256(scarf).hexdigest()]
    assert tasks[2]["references"] == [sha256(stored_picture(world, 2)).hexdigest()]
    world.audit()


async def test_again_sends_the_same_request_with_the_same_references(world: World) -> None:
    maya, apple = world.member("maya"), png(colour="red")
    card = await finished(
        world,
        pictures=2,
        prompt="an apple",
        aspect_ratio="9:16",
        count=2,
        spoiler=True,
        reference1=await maya.upload(apple, "apple.png"),
    )
    assert [message["components"][0]["components"][0]["accessory"]["type"] for message in [card]] == [11]
    again = await press(world, "theo", card, "Again · 36 credits")
    assert (await again.response()).failure is None
    await world.until(lambda: world.states() == ["delivered"] * 4)
    tasks = await world.kie.tasks()
    assert len({(str(task["input"]["aspect_ratio"]), task["input"]["prompt"]) for task in tasks}) == 1
    assert [task["references"] for task in tasks] == [[sha256(apple).hexdigest()]] * 4
    first, second = world.rows("SELECT * FROM request ORDER BY id")
    assert (first["spoiler"], second["spoiler"]) == (1, 1)
    assert len(list((world.data / "media" / "references").rglob("*.png"))) == 1
    assert len(world.rows("SELECT * FROM reference")) == 1
    world.audit()


async def test_4k_is_the_same_picture_asked_for_with_itself_as_reference(world: World) -> None:
    card = await finished(world)
    await (await press(world, "theo", card, "4K · 24 credits")).response()
    await world.until(lambda: world.states() == ["delivered"] * 2)
    _, task = await world.kie.tasks()
    assert task["input"]["prompt"] == "a fox"
    assert task["input"]["resolution"] == "4K"
    assert task["references"] == [sha256(stored_picture(world, 1)).hexdigest()]
    await world.until(
        lambda: world.rows("SELECT revision - shown_revision AS n FROM request WHERE id = 2")[0]["n"] == 0
    )
    large = (await world.cards())[-1]
    assert not any(control["label"].startswith("4K") for control in controls_of(large))
    refused = await world.member("theo").forge_click(large, "plantain:image:4k:2:24")
    assert "4K already" in text_of(await refused.message())


async def test_original_is_handed_out_untouched_and_info_tells_everything(world: World) -> None:
    maya = world.member("maya")
    prompt = "a fox with `marks`"
    card = await finished(world, prompt=prompt)
    original = await (await press(world, "theo", card, "Original")).message()
    assert original["ephemeral"]
    assert await maya.download(original["attachments"][0]["url"]) == stored_picture(world, 1)
    told = await (await press(world, "theo", card, "Info")).message()
    text = text_of(told)
    assert told["ephemeral"]
    for fact in ("1:1 · 1K · PNG · 1 image", "18 credits", "1024 × 1024, PNG", f"```\n{prompt}\n```", "ready after"):
        assert fact in text
    long = "a fox " * 600
    await maya.slash("imagine", prompt_file=await maya.upload(long.encode(), "long.txt"))
    await world.until(lambda: world.states() == ["delivered"] * 2)
    told = await (await maya.forge_click(card, "plantain:image:info:2")).message()
    assert await maya.download(told["attachments"][0]["url"]) == long.strip().encode()


async def test_original_over_the_limit_is_a_link_while_the_provider_has_it_and_a_jpeg_then(world: World) -> None:
    await world.kie.change(faults={"png_size_mb": 11})
    card = await finished(world, "theo", resolution="2K")
    answer = await (await press(world, "theo", card, "Original")).message()
    assert "Fetch it" in text_of(answer), text_of(answer)
    link = next(control["url"] for control in controls_of(answer))
    assert await world.member("theo").download(link) == stored_picture(world, 1)
    world.write("UPDATE job SET delivering_at = delivering_at - 86400 * 15")
    answer = await (await press(world, "theo", card, "Original")).message()
    jpeg = await world.member("theo").download(answer["attachments"][0]["url"])
    assert Image.open(BytesIO(jpeg)).format == "JPEG"
    assert "history export" in text_of(answer)


async def test_deleting_asks_first_takes_the_picture_away_and_keeps_the_record(world: World) -> None:
    card = await finished(world, count=2, pictures=2)
    picked = await (await press(world, "maya", card, "Delete")).message()
    assert "Which image" in text_of(picked)
    asked = await (await world.member("maya").click(picked, "Image 2")).message()
    assert "Delete your image?" in text_of(asked)
    done = await (await world.member("maya").click(asked, "Delete the picture")).message()
    assert "Deleted" in text_of(done)
    after = await world.message_with("Picture 2 was deleted by its member.")
    assert len(media_of(after)) == 1
    folder = world.data / "media" / "results"
    await world.until(lambda: len(list(folder.rglob("*.png"))) == 1)
    stranger = await (await world.member("theo").forge_click(card, "plantain:image:delete:1")).message()
    assert "Only the member who made this image" in text_of(stranger)
    asked = await (await world.member("olive").forge_click(card, "plantain:image:delete:1")).message()
    await (await world.member("olive").click(asked, "Delete the picture")).message()
    gone = await world.message_with("Picture 1 was deleted by a moderator.")
    assert media_of(gone) == []
    for act, says in (("remix", "was deleted"), ("original", "was deleted"), ("info", "deleted by a moderator")):
        answer = await (await world.member("theo").forge_click(card, f"plantain:image:{act}:1")).message()
        assert says in text_of(answer)
    assert [row["n"] for row in world.rows("SELECT count(*) AS n FROM job WHERE deleted_at IS NOT NULL")] == [2]
    await world.until(lambda: not list(folder.rglob("*.png")))
    world.audit()


async def test_old_card_that_cannot_be_edited_goes_when_its_only_picture_is_deleted(world: World) -> None:
    card = await finished(world)
    old = {"route": "PATCH /*/messages/*", "times": 2}
    await world.discord.set_faults(unknown_message=old)
    asked = await (await press(world, "maya", card, "Delete")).message()
    await (await world.member("maya").click(asked, "Delete the picture")).message()
    await world.until(lambda: world.rows("SELECT card_message_id AS id FROM request")[0]["id"] is None)
    await world.until(lambda: not world.rows("SELECT 1 FROM message_removal"))
    assert card["id"] not in [message["id"] for message in await world.member("theo").messages()]


async def test_any_message_can_be_remixed_from_the_apps_menu(world: World) -> None:
    theo, maya = world.member("theo"), world.member("maya")
    red, blue = png(colour="red"), png(colour="blue")
    uploads = [await theo.upload(red, "red.png"), await theo.upload(b"notes", "notes.txt")]
    await theo.say("look", uploads=uploads)
    one = await world.message_with("look")
    opened = await maya.menu("Remix image", message=one)
    form = await form_of(opened)
    assert "Starts from Theo's picture" in form["hints"]["files"]
    await (await maya.submit_modal(opened, sent(prompt="redder"))).response()
    await card_of(world, "redder")
    await theo.say("two", uploads=[await theo.upload(red, "red.png"), await theo.upload(blue, "blue.png")])
    two = await world.message_with("two")
    picker = await (await maya.menu("Remix image", message=two)).message()
    assert picker["ephemeral"]
    assert len(media_of(picker)) == 2
    opened = await maya.click(picker, "2")
    await form_of(opened)
    await (await maya.submit_modal(opened, sent(prompt="bluer"))).response()
    await card_of(world, "bluer")
    tasks = await world.kie.tasks()
    assert [task["references"] for task in tasks] == [[sha256(red).hexdigest()], [sha256(blue).hexdigest()]]
    assert [job["parent_job_id"] for job in world.rows("SELECT * FROM job")] == [None, None]
    for command, says in (
        ("Remix image", "no picture that can be remixed"),
        ("Image info", "no image made with Plantain"),
    ):
        await theo.say("only words")
        words = await world.message_with("only words")
        refused = await (await maya.menu(command, message=words)).message()
        assert says in text_of(refused)
        assert refused["ephemeral"]
    ours = await card_of(world, "redder")
    opened = await maya.menu("Remix image", message=ours)
    await form_of(opened)
    await (await maya.submit_modal(opened, sent(prompt="family"))).response()
    await card_of(world, "family")
    assert world.rows("SELECT parent_job_id AS parent FROM job ORDER BY id DESC LIMIT 1")[0]["parent"] == 1
    assert "1K" in text_of(await (await maya.menu("Image info", message=ours)).message())


async def test_picture_that_discord_deleted_meanwhile_is_refused_and_the_prompt_comes_back(world: World) -> None:
    theo, maya = world.member("theo"), world.member("maya")
    await theo.say("look", uploads=[await theo.upload(png(), "red.png")])
    message = await world.message_with("look")
    opened = await maya.menu("Remix image", message=message)
    await opened.response()
    await theo.delete(message)
    answer = await maya.submit_modal(opened, sent(prompt="redder"))
    told = await maya.wait_for_message(lambda message: "could not be read from Discord" in text_of(message))
    assert told["ephemeral"]
    back = await maya.wait_for_message(lambda message: bool(message["attachments"]))
    assert await maya.download(back["attachments"][0]["url"]) == b"redder"
    assert (await answer.response()).failure is None
    assert world.states() == []


async def test_prompt_too_long_for_a_form_is_kept_where_the_field_is_left_empty(world: World) -> None:
    maya = world.member("maya")
    long = "a fox, " * 800
    await maya.slash("imagine", prompt_file=await maya.upload(long.encode(), "long.txt"))
    card = await card_of(world, "a fox")
    opened = await press(world, "theo", card, "Remix")
    form = await form_of(opened)
    assert "keep the prompt of 5,599 characters" in form["hints"]["prompt"]
    assert not form["prompt"]["required"]
    await (await world.member("theo").submit_modal(opened, sent())).response()
    await world.until(lambda: world.states() == ["delivered"] * 2)
    first, second = await world.kie.tasks()
    assert first["input"]["prompt"] == second["input"]["prompt"] == long.strip()


async def test_button_with_an_old_price_asks_again_before_anything_is_spent(empty_world: World) -> None:
    await empty_world.start_bot()
    card = await finished(empty_world)
    await empty_world.end_bot()
    await empty_world.start_bot(PRICES="1K=20")
    asked = await (await press(empty_world, "theo", card, "Again · 18 credits")).message()
    assert asked["ephemeral"]
    assert "costs 20 credits now, not 18 credits" in text_of(asked)
    assert empty_world.states() == ["delivered"]
    await (await empty_world.member("theo").click(asked, "Again · 20 credits")).response()
    await empty_world.until(lambda: len(empty_world.states()) == 2)
    empty_world.audit()


@pytest.mark.parametrize("place", ["night-scenes", "Foxes of the week", "lounge"])
async def test_buttons_work_in_threads_forum_posts_and_voice_channels(world: World, place: str) -> None:
    await (await world.member("maya").slash("imagine", channel=place, prompt="a fox")).response()
    card = await card_of(world, "a fox", channel=place)
    opened = await press(world, "theo", card, "Remix")
    await form_of(opened)
    await (await world.member("theo").submit_modal(opened, sent(prompt="an owl"))).response()
    remix = await card_of(world, "an owl", channel=place)
    await (await press(world, "maya", remix, "Again")).response()
    await world.until(lambda: world.states() == ["delivered"] * 3)
    for label in ("Original", "Info", "Family"):
        assert (await (await press(world, "theo", remix, label)).message())["ephemeral"]


async def test_guild_may_keep_members_to_their_own_images_and_no_other_guild_reaches_them(world: World) -> None:
    card = await finished(world)
    orchard = next(guild for guild in (await world.discord.world())["guilds"] if guild["name"] == "Orchard")["id"]
    ines = world.member("ines")
    elsewhere = await (await ines.slash("credits", channel="Harbor/images")).message()
    for act in ("remix", "4k", "original", "info", "delete", "family", "show"):
        refused = await (await ines.forge_click(elsewhere, f"plantain:image:{act}:1")).message()
        assert "not known in this server" in text_of(refused), act
    world.write(f"INSERT INTO guild_setting (guild_id, remix_others) VALUES ({orchard}, 0)")
    for label in ("Remix", "Again", "4K"):
        refused = await (await press(world, "theo", card, label)).message()
        assert "remix their own images only" in text_of(refused)
    assert (await (await press(world, "maya", card, "Remix")).response()).modal is not None
    unknown = await (await world.member("theo").forge_click(card, "plantain:image:dance:1")).message()
    assert "another version" in text_of(unknown)
    assert world.states() == ["delivered"]
