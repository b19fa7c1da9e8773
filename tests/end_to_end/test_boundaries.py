"""What comes from outside and may be meant badly: files, names, forms, forged presses."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

import pytest
from PIL import Image

from cogs import texts
from generation.errors import ImageProblem
from sandbox.client import RefusedError, text_of
from tests.end_to_end.test_remix import finished, form_of, press, sent
from tests.world import World, png


def telltale() -> bytes:
    """A photo that knows where it was taken, with an archive behind its end."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maya's phone"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    out = BytesIO()
    Image.new("RGB", (80, 60), "red").save(out, "JPEG", exif=exif, comment=b"taken at home")
    return out.getvalue() + b"PK\x03\x04 hidden archive"


async def test_photo_is_stored_and_handed_on_without_what_it_tells_about_its_taker(world: World) -> None:
    maya = world.member("maya")
    await maya.slash("imagine", prompt="a fox", reference1=await maya.upload(telltale(), "photo.jpg"))
    await world.card()
    (stored,) = (path for path in (world.data / "media" / "references").rglob("*") if path.is_file())
    content = stored.read_bytes()
    for secret in (b"Maya's phone", b"taken at home", b"hidden archive", b"GPS"):
        assert secret not in content
    with Image.open(BytesIO(content)) as image:
        assert (image.size, dict(image.getexif())) == ((80, 60), {0x0112: 6})
    assert (await world.kie.tasks())[0]["references"] == [stored.stem]


BAD_NAMES = ("../../../etc/passwd.png", "a`b**c**@everyone<@1>.png", "\u202egnp.exe.png", "x" * 200 + ".png")


def test_name_of_a_file_is_shown_as_plain_text() -> None:
    shown = [texts.unusable_reference(1, name, ImageProblem.NOT_AN_IMAGE) for name in BAD_NAMES]
    assert "(a\\`b\\*\\*c\\*\\*\\@everyone\\<\\@1\\>.png)" in shown[1]
    assert "(gnp.exe.png)" in shown[2]
    assert "(" + "x" * 79 + "…)" in shown[3]


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_name_of_a_file_is_used_for_nothing(world: World, name: str) -> None:
    maya = world.member("maya")
    await maya.slash("imagine", prompt="a fox", reference1=await maya.upload(b"no picture", name))
    said = text_of(await world.message_with("`reference1`"))
    assert not {"*", "<", "@", "/", "\u202e"} & set(said.partition("(")[2].partition(")")[0])
    await maya.slash("imagine", prompt="an owl", reference1=await maya.upload(png(), name))
    await world.card()
    files = [path.name for path in world.data.rglob("*") if path.is_file()]
    assert not [file for file in files if "passwd" in file or "exe" in file]


async def test_form_that_is_sent_twice_makes_two_requests_of_two_interactions_and_each_is_paid(world: World) -> None:
    card = await finished(world)
    opened = await press(world, "theo", card, "Remix")
    await form_of(opened)
    theo = world.member("theo")
    await (await theo.submit_modal(opened, sent(prompt="an owl"))).response()
    with suppress(RefusedError):  # Discord's own client closes a form that was sent
        await (await theo.submit_modal(opened, sent(prompt="an owl"))).response()
    await world.until(lambda: set(world.states()) == {"delivered"})
    requests = world.rows("SELECT DISTINCT interaction_id FROM request")
    assert len(requests) == len(world.rows("SELECT * FROM request"))
    world.audit()


@pytest.mark.parametrize("act", ["remix:18", "again:18", "4k:24", "original", "info", "family", "star", "delete"])
async def test_button_forged_in_another_server_reaches_no_image_of_this_one(world: World, act: str) -> None:
    await finished(world)
    before = world.rows("SELECT id, deleted_at FROM job")
    juno = world.member("juno")
    greeting = await (await juno.slash("credits", channel="Harbor/images")).message()
    name, _, price = act.partition(":")
    forged = f"plantain:image:{name}:1" + (f":{price}" if price else "")
    said = await (await juno.forge_click(greeting, forged)).message()
    assert said["ephemeral"]
    assert world.rows("SELECT id, deleted_at FROM job") == before
    assert not world.rows("SELECT 1 FROM star")


async def test_custom_ids_that_nobody_made_are_answered_privately_and_change_nothing(world: World) -> None:
    card = await finished(world)
    maya = world.member("maya")
    for custom_id in (
        "plantain:image:delete:999999999999999999",
        "plantain:image:no_such_act:1",
        "plantain:image:again:1:999999999",
        "plantain:cancel:1",
        "plantain:choice:1:99",
        "plantain:choice:99999999999999999999:1",
        "plantain:past:99999999999999999999:older:b1",
        "plantain:forget:now:99999999999999999999",
    ):
        await (await maya.forge_click(card, custom_id)).response()
    assert world.states() == ["delivered"]
    assert len(world.rows("SELECT * FROM ledger_entry WHERE kind = 'reserve'")) == 1
    assert "Traceback" not in world.log()
