"""/usage: the picture, the numbers and the file, recounted from the rows by arithmetic of our own."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

from PIL import Image

from sandbox.client import media_of, text_of
from tests.world import World


async def spend(world: World) -> None:
    """Two members, three sizes, one failure, one cancelled, one still waiting."""
    await (await world.member("maya").slash("imagine", prompt="=a fox", count=2)).response()
    await (await world.member("theo").slash("imagine", prompt="an owl", resolution="4K")).response()
    await world.until(lambda: world.states().count("delivered") == 3)
    await world.kie.set_faults(fail_internal=True)
    await (await world.member("theo").slash("imagine", prompt="a hen")).response()
    await world.until(lambda: world.states().count("failed") == 1)
    await world.pause()
    await (await world.member("maya").slash("imagine", prompt="to cancel", resolution="2K")).response()
    card = await world.message_with("to cancel")
    await (await world.member("maya").click(card, "Cancel")).response()
    await (await world.member("maya").slash("imagine", prompt="waits")).response()
    await world.until(lambda: world.states().count("queued") == 1)


async def test_picture_numbers_and_file_agree_with_the_rows(world: World) -> None:
    await spend(world)
    olive = world.member("olive")
    act = await olive.slash("usage", period="today")
    assert (await act.done()).failure is None
    message = await act.message()
    assert message["ephemeral"]
    text = text_of(message)
    rows = world.rows("SELECT user_id, state, price FROM job")
    spent = sum(row["price"] for row in rows if row["state"] not in ("failed", "cancelled"))
    assert spent == 78
    assert "### 78 credits spent today" in text
    assert "18 credits of it still reserved for images in the making" in text
    assert "**6 images asked for**, 40% of the finished ones refunded" in text
    assert "- 3 made\n- 1 failed, credits went back\n- 1 cancelled, credits went back\n- 1 in the making" in text
    assert "**Credits by size** 1K\u00a054 · 4K\u00a024" in text
    assert "$" not in text
    users = {user["name"]: user["id"] for user in (await world.discord.world())["users"]}
    assert f"1. <@{users['maya']}> 54 (69%)\n2. <@{users['theo']}> 24 (31%)" in text
    chart = media_of(message)[0]
    alt_text = str(message["components"])
    assert "Chart of 78 credits spent today" in alt_text
    assert "By size: 1K 54, 4K 24. 6 images: 3 made, 0 refused, 1 failed, 1 cancelled, 1 in the making." in alt_text
    assert "Top members: 1. 54, 2. 24" in alt_text
    picture = Image.open(BytesIO(await olive.download(chart["url"])))
    assert (picture.format, picture.size) == ("PNG", (1200, 1236))
    assert len(picture.convert("RGB").getcolors(maxcolors=1_000_000) or ()) > 5


async def test_file_opens_in_a_spreadsheet_and_holds_no_prompt_also_after_a_restart(world: World) -> None:
    await spend(world)
    olive = world.member("olive")
    act = await olive.slash("usage")
    await act.done()
    message = await act.message()
    await world.kill_bot()
    await world.start_bot()
    pressed = await olive.click(message, "Download as CSV")
    assert (await pressed.done()).failure is None
    answer = await pressed.message()
    assert answer["ephemeral"]
    file = answer["attachments"][0]
    content = (await olive.download(file["url"])).decode("utf-8")
    assert content.startswith("\ufeff")
    assert "fox" not in content
    lines = list(csv.DictReader(StringIO(content.removeprefix("\ufeff"), newline="")))
    assert sum(int(line["credits"]) for line in lines) == 78
    ends = [line["what became of it"] for line in lines]
    assert ends.count("made") == 3
    assert [line["why not"] for line in lines if line["what became of it"].startswith("failed")] == ["service fault"]


async def test_one_members_spending_is_shown_and_exported_alone(world: World) -> None:
    await spend(world)
    olive = world.member("olive")
    users = {user["name"]: user["id"] for user in (await world.discord.world())["users"]}
    act = await olive.slash("usage", period="days_7", member=users["theo"])
    assert (await act.done()).failure is None
    message = await act.message()
    text = text_of(message)
    assert f"### 24 credits spent by <@{users['theo']}> the last 7 days" in text
    assert "**2 images asked for**, 50% of the finished ones refunded" in text
    assert "Top members" not in str(message["components"])
    assert len(media_of(message)) == 1
    pressed = await olive.click(message, "Download as CSV")
    file = (await pressed.message())["attachments"][0]
    content = (await olive.download(file["url"])).decode("utf-8-sig")
    assert [line["member"] for line in csv.DictReader(StringIO(content))] == [f"<@{users['theo']}>"] * 2
    nothing = await (await olive.slash("usage", period="today", member=users["olive"])).message()
    assert f"Nothing was spent by <@{users['olive']}> today" in text_of(nothing)


async def test_time_without_images_gets_a_sentence_and_no_picture(world: World) -> None:
    act = await world.member("olive").slash("usage", period="last_month")
    await act.done()
    message = await act.message()
    assert "Nothing was spent last month" in text_of(message)
    assert media_of(message) == []
    assert "CSV" not in str(message["components"])


async def test_one_guild_sees_nothing_of_another(world: World) -> None:
    await (await world.member("juno").slash("imagine", channel="Harbor/images", prompt="a gull")).response()
    await world.until(lambda: len(world.states()) == 1)
    act = await world.member("olive").slash("usage", period="today")
    await act.done()
    assert "Nothing was spent today" in text_of(await act.message())
