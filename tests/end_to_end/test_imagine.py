"""A member types /imagine, and the finished image appears in the channel, paid for from their credits."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from PIL import Image

from sandbox.client import controls_of, media_of, text_of
from tests.world import World, png

RATIOS_1K = {
    "1:1": (1024, 1024),
    "2:3": (848, 1264),
    "3:2": (1264, 848),
    "3:4": (896, 1200),
    "4:3": (1200, 896),
    "4:5": (928, 1152),
    "5:4": (1152, 928),
    "9:16": (768, 1376),
    "16:9": (1376, 768),
    "21:9": (1584, 672),
}


async def test_prompt_becomes_a_picture_on_the_card_and_is_paid_for(world: World) -> None:
    interaction = await world.member("maya").slash("imagine", prompt="a red fox in the snow")
    first = await interaction.response()
    card = await world.card()
    assert card["id"] == first.message_id
    picture = await world.picture(card)
    assert (picture.format, picture.size) == ("PNG", (1024, 1024))
    text = text_of(card)
    assert "a red fox in the snow" in text
    assert "1:1 · 1K · PNG · 18 credits" in text
    assert [control["label"] for control in controls_of(card)] == [
        "Remix · 18 credits",
        "Again · 18 credits",
        "4K · 24 credits",
        "Original",
        "Info",
        "Family",
        "Delete",
    ]
    await world.until(lambda: world.states() == ["delivered"])
    world.audit()
    assert [task["input"]["prompt"] for task in await world.kie.tasks()] == ["a red fox in the snow"]


async def test_every_aspect_ratio_arrives_at_the_provider_and_in_the_picture(world: World) -> None:
    await world.kie.change(speed=1000)
    who = dict(zip(RATIOS_1K, ["maya", "theo", "olive"] * 4, strict=False))
    for ratio in RATIOS_1K:
        await world.member(who[ratio]).slash("imagine", prompt=f"a kite {ratio}", aspect_ratio=ratio)
    for ratio, size in RATIOS_1K.items():
        card = await world.member("maya").wait_for_message(
            lambda message, wanted=f" · {ratio} · 1K": wanted in text_of(message) and bool(media_of(message))
        )
        assert (await world.picture(card)).size == size


@pytest.mark.parametrize(("resolution", "factor", "price"), [("1K", 1, 18), ("2K", 2, 18), ("4K", 4, 24)])
async def test_resolution_is_what_was_chosen_and_costs_its_price(
    world: World, resolution: str, factor: int, price: int
) -> None:
    await world.kie.change(speed=1000)
    await world.member("maya").slash("imagine", prompt="a kite", resolution=resolution, output_format="jpg")
    picture = await world.picture(await world.card())
    assert (picture.format, picture.size) == ("JPEG", (1024 * factor, 1024 * factor))
    assert [row["amount"] for row in world.rows("SELECT amount FROM ledger_entry WHERE kind = 'reserve'")] == [-price]


async def test_eight_references_reach_the_provider_byte_for_byte_in_order(world: World) -> None:
    maya = world.member("maya")
    colours = ["red", "green", "blue", "yellow", "cyan", "magenta", "white", "black"]
    files = [png(colour=colour) for colour in colours]
    uploads = {f"reference{n}": await maya.upload(file, f"{n}.png") for n, file in enumerate(files, start=1)}
    await maya.slash("imagine", prompt="a collage", aspect_ratio="auto", **uploads)
    card = await world.card()
    assert "8 references" in text_of(card)
    [task] = await world.kie.tasks()
    assert task["references"] == [hashlib.sha256(file).hexdigest() for file in files]


async def test_reference_decides_the_aspect_ratio_of_auto(world: World) -> None:
    maya = world.member("maya")
    await maya.slash("imagine", prompt="wider", aspect_ratio="auto", reference3=await maya.upload(png((320, 180))))
    assert (await world.picture(await world.card())).size == (1376, 768)


async def test_batch_of_four_comes_on_one_card(world: World) -> None:
    await world.member("maya").slash("imagine", prompt="four kites", count=4, spoiler=True)
    card = await world.card(pictures=4)
    assert len(await world.cards()) == 1
    pictures = [(await world.picture(card, index)).tobytes() for index in range(4)]
    assert len(set(pictures)) == 4
    gallery = next(part for part in card["components"][0]["components"] if part["type"] == 12)
    assert [item["spoiler"] for item in gallery["items"]] == [True] * 4
    assert gallery["items"][2]["description"] == "Image 3 of 4 made from the prompt: four kites"
    await world.until(lambda: world.states() == ["delivered"] * 4)
    world.audit()
    assert (await world.kie.state())["creates"] == 4


async def test_references_of_a_batch_are_uploaded_once(world: World) -> None:
    maya = world.member("maya")
    await maya.slash("imagine", prompt="twins", count=4, reference1=await maya.upload(png(), "a.png"))
    await world.card(pictures=4)
    uploads = [entry for entry in await world.kie.requests() if "file-stream-upload" in entry["path"]]
    assert len(uploads) == 1


async def test_prompt_of_ten_thousand_characters_comes_from_a_file(world: World) -> None:
    prompt = ("wörter " * 1500)[:9999] + "!"
    maya = world.member("maya")
    await maya.slash("imagine", prompt_file=await maya.upload(prompt.encode(), "prompt.txt"))
    card = await world.card()
    [task] = await world.kie.tasks()
    assert task["input"]["prompt"] == prompt
    assert "10,000 characters in all" in text_of(card)


async def test_four_k_png_over_the_limit_is_posted_as_the_best_jpeg_that_fits_and_the_card_says_so(
    world: World,
) -> None:
    await world.kie.change(speed=1000, faults={"png_size_mb": 20})
    await world.member("maya").slash("imagine", prompt="a huge kite", resolution="4K")
    card = await world.card(timeout_s=90)
    [media] = media_of(card)
    content = await world.member("maya").download(media["url"])
    picture = Image.open(BytesIO(content))
    assert picture.format == "JPEG"
    assert len(content) <= 10 * 1024 * 1024
    assert "Shown as a JPEG of" in text_of(card)
    assert "this server takes 10 MB" in text_of(card)
    [row] = world.rows("SELECT result_size_bytes, result_type FROM job")
    assert (row["result_type"], row["result_size_bytes"] > 19 * 1024 * 1024) == ("png", True)


async def test_member_who_had_to_wait_is_mentioned_once_in_a_reply_to_the_card(world: World) -> None:
    await world.kie.change(speed=0.001)
    await world.member("maya").slash("imagine", prompt="slow")
    await world.until(lambda: world.states() == ["running"])
    world.write("UPDATE request SET created_at = created_at - 60")
    await world.kie.change(speed=1e6)
    card = await world.card()
    notice = await world.message_with("your image is ready")
    assert notice["message_reference"]["message_id"] == card["id"]
    assert [user["username"] for user in notice["mentions"]] == ["maya"]
    await world.until(lambda: not world.rows("SELECT 1 FROM request WHERE notice_needed"))
    assert [m["id"] for m in await world.member("maya").messages() if m["mentions"]] == [notice["id"]]


async def test_member_who_hardly_waited_is_not_mentioned(world: World) -> None:
    await world.member("maya").slash("imagine", prompt="quick")
    await world.card()
    await world.until(lambda: not world.rows("SELECT 1 FROM request WHERE notice_needed"))
    assert [message for message in await world.member("maya").messages() if message["mentions"]] == []


async def test_credits_tells_what_is_left_and_what_is_reserved(world: World) -> None:
    await world.kie.change(speed=0.001)
    await (await world.member("maya").slash("imagine", prompt="slow", count=2)).response()
    answer = await (await world.member("maya").slash("credits")).message()
    text = text_of(answer)
    assert "You can spend 324 credits in Orchard" in text
    assert "Reserved for images in the making: **36**" in text
    lately = text[text.index("**Lately**") :].splitlines()
    assert [line.partition(" ·")[0] for line in lately] == [
        "**Lately**",
        "`−18` reserved for “slow”",
        "`−18` reserved for “slow”",
        "`+360` allowance",
    ]
    assert "<t:" in text
    assert answer["ephemeral"]
    assert answer["id"] not in [message["id"] for message in await world.member("theo").messages()]
