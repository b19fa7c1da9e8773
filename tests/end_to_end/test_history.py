"""/history: a member's images found again, by pages, words, sizes and days, and used from there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from sandbox.client import RefusedError, controls_of, media_of, text_of
from tests.end_to_end.test_remix import finished, form_of, labelled
from tests.world import Message, World

PROMPTS = ["a red fox", "a blue whale", "two foxes *dance*", "an owl at night", "fox fire over the fox den"]


def copy_images(world: World, count: int) -> None:
    """Give the first member so many more images, written into the database behind the bot's back."""
    with closing(sqlite3.connect(world.data / "bot.db", timeout=10)) as connection, connection:
        connection.row_factory = sqlite3.Row
        request = dict(connection.execute("SELECT * FROM request WHERE id = 1").fetchone())
        job = dict(connection.execute("SELECT * FROM job WHERE id = 1").fetchone())
        for number in range(2, count + 2):
            prompt = PROMPTS[number % len(PROMPTS)]
            size = "2K" if number % 2 else "1K"
            request |= {"id": number, "interaction_id": number, "prompt": prompt, "resolution": size}
            request |= {"card_channel_id": None, "card_message_id": None, "private": int(number == 20)}
            request |= {"shown_revision": request["revision"], "notice_needed": 0}
            job |= {"id": number, "request_id": number, "remote_task_id": f"copy-{number}"}
            job |= {"parent_job_id": 1 if number == 7 else None, "root_job_id": 1 if number == 7 else None}
            job |= {"deleted_at": 5 if number == 23 else None, "deleted_by": 5 if number == 23 else None}
            for table, row in (("request", request), ("job", job)):
                places = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", list(row.values()))


async def history(world: World, who: str = "maya", **options: Any) -> Message:
    answer = await (await world.member(who).slash("history show", **options)).message()
    assert answer["ephemeral"]
    return answer


async def turned(world: World, page: Message, control: str, expected: str, values: list[str] | None = None) -> Message:
    """Use a control of a page; wait until the same message shows what is expected."""
    act = await world.member("maya").click(page, labelled(page, control) if values is None else control, values)
    assert (await act.response()).failure is None
    return await world.member("maya").wait_for_message(
        lambda message: (
            message["id"] == page["id"] and expected in text_of(message) and text_of(message) != text_of(page)
        )
    )


def picker(page: Message) -> dict[str, Any]:
    return next(control for control in controls_of(page) if control["type"] == 3)


async def test_pages_filters_and_search_find_images_again_also_after_a_restart(world: World) -> None:
    await finished(world, "maya", prompt="the first one")
    copy_images(world, 23)
    page = await history(world)
    assert len(media_of(page)) == 10
    assert len(picker(page)["options"]) == 10
    assert "🗑️ deleted" in text_of(page)
    assert "🔒 private" in text_of(page)
    await world.kill_bot()
    await world.start_bot()
    second = await turned(world, page, "Older", "**1** ")
    last = await turned(world, second, "Older", "the first one")
    assert len(media_of(last)) == 4
    assert "🔁 remix" in text_of(second)
    back = await turned(world, last, "← Newer", "**10** ")
    assert len(media_of(back)) == 10
    found = await history(world, search="fox")
    assert "**fox** fire over the **fox** den" in text_of(found)
    assert "a red **fox**" in text_of(found)
    assert "whale" not in text_of(found)
    assert r"**two** **foxes** \*dance\*" in text_of(await history(world, search="foxes OR two"))
    assert "No image fits" in text_of(await history(world, search='"unbalanced ('))
    assert len(media_of(await history(world, resolution="2K", search="owl"))) > 0
    assert len(media_of(await history(world, only="remixes"))) == 1
    assert "No image fits" in text_of(await history(world, until="2020"))
    assert "is no day" in text_of(await history(world, since="someday"))
    opened = await world.member("maya").click(found, labelled(found, "Filter"))
    form = await form_of(opened)
    assert form["words"]["value"] == "fox"
    values = {"words": "owl", "resolution": ["any"], "since": "", "until": "today", "only": ["all"]}
    await (await world.member("maya").submit_modal(opened, values)).response()
    await world.member("maya").wait_for_message(
        lambda message: message["id"] == found["id"] and "an **owl** at night" in text_of(message)
    )
    suggested = await world.member("maya").autocomplete("history show", focused="since", since="last")
    assert any(choice["value"] == "last week" for choice in suggested)


async def test_picked_image_can_be_shown_remixed_and_deleted_from_the_list(world: World) -> None:
    await finished(world, "maya", prompt="a fox", aspect_ratio="16:9", output_format="jpg")
    page = await history(world)
    select = picker(page)
    picked = await turned(world, page, select["custom_id"], "asked for", [select["options"][0]["value"]])
    assert len(media_of(picked)) == 1
    labels = [control["label"] for control in controls_of(picked)]
    assert labels[0] == "Show again here"
    assert "← Back to the list" in labels
    shown = await (await world.member("maya").click(picked, "Show again here")).message()
    assert not shown["ephemeral"]
    assert "16:9 · 1K · JPG · 18 credits" in text_of(shown)
    opened = await world.member("theo").click(shown, labelled(shown, "Remix"))
    assert (await form_of(opened))["title"] == "Remix of Maya's image"
    asked = await (await world.member("maya").click(picked, "Delete")).message()
    await (await world.member("maya").click(asked, "Delete the picture")).message()
    await world.until(lambda: world.rows("SELECT count(*) AS n FROM message_removal")[0]["n"] == 0)
    assert shown["id"] not in [message["id"] for message in await world.member("theo").messages()]
    listed = await turned(world, picked, "← Back", "🗑️ deleted")
    assert len(media_of(listed)) == 1
    world.audit()


async def test_moderators_look_at_others_without_what_is_private_and_members_do_not(world: World) -> None:
    await finished(world, "maya", prompt="a fox")
    await (await world.member("maya").slash("imagine", prompt="a secret", private=True)).response()
    await world.until(lambda: world.states() == ["delivered"] * 2)
    maya = next(user["id"] for user in (await world.discord.world())["users"] if user["name"] == "maya")
    refused = await history(world, "theo", member=maya)
    assert "Only moderators" in text_of(refused)
    page = await history(world, "olive", member=maya)
    assert "a fox" in text_of(page)
    assert "secret" not in text_of(page)
    assert "a secret" in text_of(await history(world, "maya"))
    stolen = await world.member("theo").forge_click(page, f"plantain:past:{page['id']}:page:s0")
    answer = await stolen.done()
    assert answer.failure is None
    assert "too old, or not yours" in text_of(
        await world.member("theo").wait_for_message(lambda message: "not yours" in text_of(message))
    )
    assert "Nothing yet" in text_of(await history(world, "theo"))


async def test_image_that_could_not_be_posted_is_found_and_shown(world: World) -> None:
    await world.discord.set_faults(expired_token={"route": "PATCH /webhooks/*/*/messages/*", "times": 20})
    await world.discord.change_user("maya", dms_open=False)
    await (await world.member("maya").slash("imagine", prompt="a lost fox", private=True)).response()
    await world.until(lambda: world.states() == ["undelivered"])
    await world.discord.set_faults(expired_token=None)
    page = await history(world, only="undelivered")
    assert "📦 not posted" in text_of(page)
    select = picker(page)
    picked = await turned(world, page, select["custom_id"], "a lost fox", [select["options"][0]["value"]])
    assert len(media_of(picked)) == 1
    try:
        await world.member("theo").click(picked, "Info")
        raise AssertionError("theo saw it")
    except RefusedError:
        assert world.states() == ["undelivered"]
