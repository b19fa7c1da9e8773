"""The family of an image, as a picture: across channels, and without what the viewer may not see."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from io import BytesIO

from PIL import Image

from generation.family_drawing import CELL_HEIGHT, CELL_WIDTH, MARGIN
from generation.family_layout import lay_out
from sandbox.client import controls_of, media_of, text_of
from tests.end_to_end.test_remix import finished, press, remixed
from tests.world import Message, World


async def picture_of(world: World, answer: Message) -> Image.Image:
    content = await world.member("maya").download(media_of(answer)[0]["url"])
    return Image.open(BytesIO(content)).convert("RGB")


async def test_family_is_drawn_across_channels_and_hides_what_the_viewer_may_not_see(world: World) -> None:
    first = await finished(world, "maya", prompt="a fox")
    second = await remixed(world, "theo", first, "a fox with a hat")
    await remixed(world, "olive", second, "a fox with a tie")
    answer = await (await press(world, "maya", second, "Family")).message()
    assert answer["ephemeral"]
    text = text_of(answer)
    assert "3 images" in text
    assert "by 3 members" in text
    assert "number 2 in its line" in text
    description = answer["components"][0]["components"][1]["items"][0]["description"]
    assert "1 by Maya; 2 by Theo from 1; 3 by Olive from 2" in description
    whole = await picture_of(world, answer)
    general = await world.discord.channel_id("general")
    everyone = next(guild for guild in (await world.discord.world())["guilds"] if guild["name"] == "Orchard")["id"]
    await world.discord.change_channel(
        general, overwrites=[{"id": everyone, "type": 0, "allow": "0", "deny": str(1 << 10)}]
    )
    world.write(f"UPDATE request SET channel_id = {general} WHERE id = 3")
    world.write("UPDATE request SET private = 1 WHERE id = 1")
    hidden = await (await press(world, "theo", second, "Family")).message()
    assert "2 images are hidden" in text_of(hidden).lower()
    assert (
        "1 by somebody; 2 by Theo from 1; 3 by somebody"
        in hidden["components"][0]["components"][1]["items"][0]["description"]
    )
    places = lay_out({1: None, 2: 1, 3: 2})
    tiles = [
        (MARGIN + round(place.column * CELL_WIDTH) + 90, MARGIN + place.row * CELL_HEIGHT + 60)
        for place in places.values()
    ]
    without = await picture_of(world, hidden)
    assert [without.getpixel(tile) == whole.getpixel(tile) for tile in tiles] == [False, True, False]
    told = await (await world.member("theo").forge_click(second, "plantain:image:info:3")).message()
    assert "Made from** an image of" in text_of(told)
    world.write(f"UPDATE request SET channel_id = {general} WHERE id = 2")
    told = await (await world.member("olive").forge_click(second, "plantain:image:info:3")).message()
    assert "Made from** an image that you cannot see" in text_of(told)
    world.write("UPDATE request SET channel_id = (SELECT channel_id FROM request WHERE id = 1) WHERE id = 2")
    owner = await (await press(world, "maya", second, "Family")).message()
    assert "1 image is hidden" in text_of(owner).lower()
    info = await (await press(world, "theo", second, "Info")).message()
    assert "Made from** an image that you cannot see" in text_of(info)


def copy_image(world: World, count: int) -> None:
    """Give the first image so many remixes, written into the database behind the bot's back."""
    with closing(sqlite3.connect(world.data / "bot.db", timeout=10)) as connection, connection:
        connection.row_factory = sqlite3.Row
        request = dict(connection.execute("SELECT * FROM request WHERE id = 1").fetchone())
        job = dict(connection.execute("SELECT * FROM job WHERE id = 1").fetchone())
        request |= {"card_channel_id": None, "card_message_id": None, "notice_needed": 0}
        request |= {"shown_revision": request["revision"]}
        for number in range(2, count + 2):
            request |= {"id": number, "interaction_id": number}
            job |= {"id": number, "request_id": number, "remote_task_id": f"copy-{number}"}
            job |= {"parent_job_id": 1 + number // 3, "root_job_id": 1}
            for table, row in (("request", request), ("job", job)):
                places = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", list(row.values()))


async def test_large_family_has_pages_also_after_a_restart(world: World) -> None:
    card = await finished(world, "maya", prompt="a fox")
    copy_image(world, 119)
    first = await (await press(world, "theo", card, "Family")).message()
    assert "120 images" in text_of(first)
    assert "Page 1 of 3" in text_of(first)
    assert [control["label"] for control in controls_of(first)] == ["Later"]
    assert max((await picture_of(world, first)).size) <= 4000
    await world.kill_bot()
    await world.start_bot()
    last = await (await world.member("theo").forge_click(card, "plantain:family:1:2")).done()
    assert last.failure is None
    turned = await world.member("theo").click(first, "Later")
    assert (await turned.response()).failure is None
    second = await world.message_with("Page 2 of 3", "theo")
    assert second["id"] == first["id"]
    assert [control["label"] for control in controls_of(second)] == ["Earlier", "Later"]
