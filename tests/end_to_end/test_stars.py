"""Stars bring an image into the guild's gallery: once, with credit and link, whatever goes wrong meanwhile."""

from __future__ import annotations

import pytest

from sandbox.client import controls_of, media_of, text_of
from tests.end_to_end.test_remix import card_of, finished, form_of, labelled, sent
from tests.world import Message, World


async def gallery_of(world: World, threshold: int = 1, channel: str = "general") -> str:
    """Name a gallery as a moderator does; return the channel's id."""
    olive, channel_id = world.member("olive"), await world.discord.channel_id(channel)
    panel = await (await olive.slash("settings")).message()
    panel = await (await olive.click(panel, "plantain:settings:notices:open:")).message()
    await (await olive.forge_click(panel, f"plantain:settings:notices:stars:{threshold}")).done()
    chosen = await olive.click(panel, "plantain:settings:notices:gallery:", [channel_id])
    assert (await chosen.done()).failure is None
    await world.until(lambda: bool(world.rows("SELECT 1 FROM guild_setting WHERE gallery_channel_id IS NOT NULL")))
    return channel_id


async def shown_in(world: World, channel_id: str) -> list[Message]:
    """Return what the gallery shows."""
    return [message for message in await world.member("maya").messages(channel_id) if media_of(message)]


async def star(world: World, who: str, card: Message, job: int = 1) -> str:
    answer = await (await world.member(who).forge_click(card, f"plantain:star:{job}")).message()
    assert answer["ephemeral"]
    return text_of(answer)


async def test_enough_stars_show_an_image_once_with_credit_and_link(world: World) -> None:
    await finished(world, prompt="before")
    gallery = await gallery_of(world, threshold=2)
    card = await finished(world, prompt="a fox", spoiler=True)
    assert "stars come from others" in await star(world, "maya", card, 2)
    assert "1 more brings it" in text_of(await (await world.member("theo").click(card, "☆ Star")).message())
    starred = await world.member("theo").wait_for_message(
        lambda message: any(control.get("label") == "★ 1" for control in controls_of(message))
    )
    assert starred["id"] == card["id"]
    assert "taken back" in await star(world, "theo", card, 2)
    assert "1 star; 1 more" in await star(world, "theo", card, 2)
    assert await shown_in(world, gallery) == []
    await world.kill_bot()
    await world.start_bot()
    assert "is in the gallery" in await star(world, "olive", card, 2)
    post = await world.message_with("2 stars · by", channel=gallery)
    assert "a fox" in text_of(post)
    assert post["components"][0]["components"][1]["items"][0]["spoiler"]
    link = next(control["url"] for control in controls_of(post) if control.get("url"))
    assert link.endswith(f"/{card['channel_id']}/{card['id']}")
    await star(world, "olive", card, 2)
    await star(world, "olive", card, 2)
    opened = await world.member("theo").click(post, labelled(post, "Remix"))
    await form_of(opened)
    await (await world.member("theo").submit_modal(opened, sent(prompt="an owl"))).response()
    await card_of(world, "an owl", channel=gallery)
    assert world.rows("SELECT parent_job_id AS parent FROM job ORDER BY id DESC LIMIT 1")[0]["parent"] == 2
    assert len([message for message in await shown_in(world, gallery) if "stars · by" in text_of(message)]) == 1
    asked = await (await world.member("maya").forge_click(card, "plantain:image:delete:2")).message()
    await (await world.member("maya").click(asked, "Delete the picture")).message()
    await world.until(lambda: not world.rows("SELECT 1 FROM message_removal"))
    assert post["id"] not in [message["id"] for message in await shown_in(world, gallery)]
    world.audit()


@pytest.mark.parametrize("fault", ["bad_gateway_after_effect", "drop_after_effect"])
async def test_lost_answer_and_a_crash_post_nothing_twice(world: World, fault: str) -> None:
    gallery = await gallery_of(world)
    card = await finished(world)
    await world.discord.set_faults(**{fault: {"route": f"POST /channels/{gallery}/messages", "times": 1}})
    await star(world, "theo", card)
    await world.message_with("1 star · by", channel=gallery)
    await world.kill_bot()
    world.write("UPDATE gallery_post SET attempted_at = attempted_at - 600, closed_at = NULL, message_id = NULL")
    await world.start_bot()
    await world.until(lambda: world.rows("SELECT closed_at FROM gallery_post")[0]["closed_at"] is not None)
    assert len(await shown_in(world, gallery)) == 1


async def test_price_on_another_images_button_is_not_taken_for_the_image_itself(empty_world: World) -> None:
    """An attempt whose outcome is unknown is looked for by the buttons of our messages; some end in a price."""
    world = empty_world
    await world.start_bot(PRICES="1K=1")
    gallery = await gallery_of(world)
    first = await finished(world, prompt="the first fox")
    second = await finished(world, prompt="the second fox")
    await star(world, "theo", second, 2)
    await world.message_with("the second fox", channel=gallery)
    await world.kill_bot()
    world.write("UPDATE gallery_post SET created_at = created_at - 600")
    world.write(
        "INSERT INTO gallery_post (job_id, guild_id, channel_id, attempted_at, created_at)"
        " SELECT 1, guild_id, channel_id, created_at, created_at FROM gallery_post"
    )
    await world.start_bot()
    await world.message_with("the first fox", channel=gallery)
    assert len(await shown_in(world, gallery)) == 2
    assert media_of(first)


async def test_gallery_that_is_gone_is_turned_off_and_several_images_are_picked_from(world: World) -> None:
    gallery = await gallery_of(world)
    card = await finished(world, count=2, pictures=2)
    await world.discord.delete_channel(gallery)
    picker = await (await world.member("theo").click(card, "☆ Star")).message()
    assert "Which image" in text_of(picker)
    await (await world.member("theo").click(picker, "Image 2")).message()
    await world.until(lambda: world.rows("SELECT gallery_channel_id AS id FROM guild_setting")[0]["id"] is None)
    assert "no gallery" in await star(world, "olive", card)
    assert world.rows("SELECT job_id FROM star")[0]["job_id"] == 2


async def test_image_of_an_age_restricted_channel_is_not_shown_elsewhere(world: World) -> None:
    gallery = await gallery_of(world)
    images = await world.discord.channel_id("images")
    await world.discord.change_channel(images, nsfw=True)
    card = await finished(world)
    await star(world, "theo", card)
    await world.until(lambda: world.rows("SELECT closed_at FROM gallery_post")[0]["closed_at"] is not None)
    assert await shown_in(world, gallery) == []
