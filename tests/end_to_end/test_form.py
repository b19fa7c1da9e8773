"""/imagine without a prompt opens a form; what is sent with it becomes an image like any other."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from sandbox.client import Interaction, text_of
from tests.world import World, png


async def open_form(world: World, who: str = "maya", **options: Any) -> Interaction:
    opened = await world.member(who).slash("imagine", **options)
    assert (await opened.response()).modal is not None
    return opened


def filled(**changes: Any) -> dict[str, Any]:
    return {"prompt": "a fox", "files": [], "aspect_ratio": ["1:1"], "size": ["1K:png"], "count": ["1"], **changes}


async def test_form_with_several_files_becomes_one_card_with_all_that_was_chosen(world: World) -> None:
    maya = world.member("maya")
    opened = await open_form(world)
    files = [await maya.upload(png(colour=colour), f"{colour}.png") for colour in ("red", "green")]
    lines = "a fox\nin a red coat\nand a green hat"
    sent = await maya.submit_modal(
        opened, filled(prompt=lines, files=files, aspect_ratio=["16:9"], size=["2K:png"], count=["2"])
    )
    assert (await sent.response()).failure is None
    card = await world.card(pictures=2)
    assert "in a red coat" in text_of(card)
    tasks = await world.kie.tasks()
    assert [task["input"]["prompt"] for task in tasks] == [lines] * 2
    assert {(task["input"]["aspect_ratio"], task["input"]["resolution"]) for task in tasks} == {("16:9", "2K")}
    assert all(len(task["references"]) == 2 for task in tasks)
    world.audit()


async def test_form_keeps_what_came_with_the_command(world: World) -> None:
    maya = world.member("maya")
    first = await maya.upload(png(colour="red"), "first.png")
    opened = await open_form(world, reference3=first, output_format="jpg", aspect_ratio="9:16", count=2)
    modal = (await opened.response()).modal
    assert modal is not None
    fields = {label["component"]["custom_id"]: label["component"] for label in modal["components"]}
    assert fields["files"]["max_values"] == 7
    assert [option["value"] for option in fields["aspect_ratio"]["options"] if option.get("default")] == ["9:16"]
    assert [option["value"] for option in fields["count"]["options"] if option.get("default")] == ["2"]
    assert [option["label"] for option in fields["size"]["options"]] == [
        "1K · PNG · 18 credits",
        "1K · JPG · 18 credits",
        "2K · PNG · 18 credits",
        "2K · JPG · 18 credits",
        "4K · PNG · 24 credits",
        "4K · JPG · 24 credits",
    ]
    assert [option["value"] for option in fields["size"]["options"] if option.get("default")] == ["1K:jpg"]
    second = await maya.upload(png(colour="blue"), "second.png")
    await maya.submit_modal(opened, filled(files=[second], aspect_ratio=["9:16"], size=["1K:jpg"]))
    await world.card()
    (task,) = await world.kie.tasks()
    assert task["input"]["output_format"] == "jpg"
    assert len(task["references"]) == 2


async def test_form_that_was_open_over_a_restart_is_still_taken(world: World) -> None:
    opened = await open_form(world)
    await world.kill_bot()
    await world.start_bot()
    await world.member("maya").submit_modal(opened, filled())
    await world.card()
    world.audit()


async def test_files_of_the_command_outlive_a_restart_too(world: World) -> None:
    maya = world.member("maya")
    first = png(colour="red")
    opened = await open_form(world, reference1=await maya.upload(first, "first.png"))
    await world.kill_bot()
    await world.start_bot()
    await maya.submit_modal(opened, filled())
    await world.card()
    (task,) = await world.kie.tasks()
    assert task["references"] == [sha256(first).hexdigest()]


async def test_form_that_is_not_known_any_more_gives_the_prompt_back(world: World) -> None:
    maya = world.member("maya")
    opened = await open_form(world)
    world.write("DELETE FROM open_form")
    sent = await maya.submit_modal(opened, filled(prompt="a long thought"))
    answer = await sent.message()
    assert answer["ephemeral"]
    assert "too old to be sent" in text_of(answer)
    back = await maya.wait_for_message(lambda message: bool(message["attachments"]))
    assert back["ephemeral"]
    assert await maya.download(back["attachments"][0]["url"]) == b"a long thought"
    assert world.states() == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"prompt": "   \n "}, "The prompt is empty"), ({"size": ["4K:png"], "count": ["4"]}, "This costs 96 credits")],
    ids=["blank", "too dear"],
)
async def test_form_that_cannot_be_carried_out_is_refused_privately_and_costs_nothing(
    empty_world: World, changes: dict[str, Any], says: str
) -> None:
    await empty_world.start_bot(WEEKLY_ALLOWANCE="90")
    opened = await open_form(empty_world)
    answer = await (await empty_world.member("maya").submit_modal(opened, filled(**changes))).message()
    assert answer["ephemeral"]
    assert says in text_of(answer)
    assert empty_world.states() == []
    assert await empty_world.cards() == []


async def test_no_form_is_opened_for_somebody_who_cannot_pay_it(empty_world: World) -> None:
    await empty_world.start_bot(WEEKLY_ALLOWANCE="10")
    refused = await empty_world.member("maya").slash("imagine")
    assert "you have 10" in text_of(await refused.message())


async def test_two_members_write_into_their_forms_at_the_same_time(world: World) -> None:
    forms = {who: await open_form(world, who) for who in ("maya", "theo")}
    for who, opened in forms.items():
        await world.member(who).submit_modal(opened, filled(prompt=f"for {who}"))
    for who in forms:
        await world.message_with(f"for {who}")
    await world.until(lambda: world.states() == ["delivered"] * 2)
    world.audit()
