"""Bad input gets a private answer that says what is wrong and what to do; nothing is stored, reserved or sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from PIL import Image

from sandbox.client import RefusedError, text_of
from tests.world import World, png


def gif() -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 64)).save(out, "GIF")
    return out.getvalue()


def animated(kind: str) -> bytes:
    out = BytesIO()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


def bomb() -> bytes:
    """A PNG whose header promises 60,000 × 60,000 pixels."""
    content = bytearray(png())
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    import zlib

    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
    return bytes(content)


REFERENCES = {
    "gif with a png name": (gif(), "a.png", "Save it as PNG, JPEG or WebP"),
    "gif": (gif(), "a.gif", "Save it as PNG, JPEG or WebP"),
    "text with a png name": (b"not a picture at all", "a.png", "is not an image"),
    "video": (b"\0\0\0\x18ftypmp42", "a.mp4", "is not an image"),
    "empty file": (b"", "a.png", "is not an image"),
    "truncated png": (png((512, 512))[:-200], "a.png", "is damaged or incomplete"),
    "animated png": (animated("PNG"), "a.png", "is animated"),
    "animated webp": (animated("WEBP"), "a.webp", "is animated"),
    "absurd pixel count": (bomb(), "a.png", "has too many pixels"),
    "too few pixels": (png((3, 3)), "a.png", "is too small"),
    "over 30 MB": (png() + b"\0" * (30 * 1024 * 1024), "a.png", "is over 30 MB"),
}


@pytest.fixture
async def untouched(world: World) -> AsyncIterator[World]:
    """The world, which must be as before at the end."""
    yield world
    assert world.rows("SELECT * FROM request") == []
    assert [row["kind"] for row in world.rows("SELECT kind FROM ledger_entry")] in ([], ["allowance"])
    assert world.rows("SELECT * FROM pending_card") == []
    assert (await world.kie.state())["creates"] == 0
    assert [entry for entry in await world.kie.requests() if "upload" in entry["path"]] == []
    assert await world.member("theo").messages() == []
    left = [path for path in (world.data / "media").rglob("*") if path.is_file()]
    assert left == []


async def private_answer(world: World, **options: object) -> str:
    """Ask as maya; return the one private answer she gets."""
    interaction = await world.member("maya").slash("imagine", **options)
    await interaction.response()
    message = await world.member("maya").wait_for_message(lambda message: message["ephemeral"])
    return text_of(message)


@pytest.mark.parametrize("case", REFERENCES, ids=str)
async def test_unusable_reference_is_refused_by_its_bytes(untouched: World, case: str) -> None:
    content, name, expected = REFERENCES[case]
    maya = untouched.member("maya")
    uploads = {"reference1": await maya.upload(png(), "good.png"), "reference4": await maya.upload(content, name)}
    answer = await private_answer(untouched, prompt="a fox", **uploads)
    assert expected in answer
    assert "`reference4`" in answer
    assert answer.endswith("Nothing was charged.")


async def test_png_is_accepted_whatever_its_name(world: World) -> None:
    maya = world.member("maya")
    await maya.slash("imagine", prompt="a fox", reference1=await maya.upload(png(), "photo.bin"))
    await world.card()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("naïve".encode("utf-16"), "not plain UTF-8"),
        ("na\xefve".encode("latin-1"), "not plain UTF-8"),
        (b"x" * 10_001, "10,000 are allowed"),
        (b"x" * 200_000, "10,000 are allowed"),
        (b" \n ", "The prompt is empty"),
        ("\u200b\u2060\n".encode(), "The prompt is empty"),
        (b"", "The prompt is empty"),
    ],
    ids=["utf-16", "latin-1", "one too many", "far too many", "blank", "invisible", "empty"],
)
async def test_unusable_prompt_file_is_refused(untouched: World, content: bytes, expected: str) -> None:
    upload = await untouched.member("maya").upload(content, "prompt.txt")
    assert expected in await private_answer(untouched, prompt_file=upload)


@pytest.mark.parametrize("prompt", ["   ", "\u200b\u200d\u2060", "\u3164\u2800", "\ufe0f"])
async def test_prompt_of_which_nothing_can_be_seen_is_refused(untouched: World, prompt: str) -> None:
    assert "The prompt is empty" in await private_answer(untouched, prompt=prompt)


async def test_form_with_an_invisible_prompt_is_refused(untouched: World) -> None:
    maya = untouched.member("maya")
    form = await maya.slash("imagine")
    await form.response()
    answer = await (await maya.submit_modal(form, {"prompt": "\u200b"})).message()
    assert "The prompt is empty" in text_of(answer)


async def test_prompt_given_twice_is_refused(untouched: World) -> None:
    upload = await untouched.member("maya").upload(b"a fox", "prompt.txt")
    assert "not both" in await private_answer(untouched, prompt="a fox", prompt_file=upload)


async def test_discord_itself_refuses_a_prompt_over_six_thousand_characters_and_a_ninth_reference(
    untouched: World,
) -> None:
    maya = untouched.member("maya")
    with pytest.raises(RefusedError):
        await maya.slash("imagine", prompt="x" * 6001)
    with pytest.raises(RefusedError):
        await maya.slash("imagine", prompt="x", reference9=await maya.upload(png()))


async def test_too_few_credits_says_how_many_are_missing_and_when_they_come(empty_world: World) -> None:
    await empty_world.start_bot(WEEKLY_ALLOWANCE="40")
    answer = await private_answer(empty_world, prompt="a fox", count=4)
    assert "This costs 72 credits and you have 40, so 32 credits are missing." in answer
    assert empty_world.rows("SELECT * FROM request") == []
    await empty_world.member("maya").slash("imagine", prompt="a fox", count=2)
    await empty_world.card(pictures=2)
    answers = await (await empty_world.member("maya").slash("imagine", prompt="a fox")).message()
    assert "14 credits are missing" in text_of(answers)
    assert "Your allowance of 40 comes back <t:" in text_of(answers)


async def test_too_few_credits_are_noticed_before_references_are_read(empty_world: World) -> None:
    await empty_world.start_bot(WEEKLY_ALLOWANCE="10")
    upload = await empty_world.member("maya").upload(b"never looked at", "a.png")
    answer = await private_answer(empty_world, prompt="a fox", reference1=upload)
    assert "8 credits are missing" in answer
    assert await empty_world.member("theo").messages() == []


async def test_channel_where_the_bot_may_not_post_images_is_refused_by_name(untouched: World) -> None:
    channel_id = await untouched.discord.channel_id("images")
    bot_id = (await untouched.discord.world())["bot"]["id"]
    denied = {"id": bot_id, "type": 1, "allow": "0", "deny": str(1 << 15)}
    await untouched.discord.change_channel(channel_id, overwrites=[denied])
    answer = await private_answer(untouched, prompt="a fox")
    assert "**Attach Files**" in answer
    assert "Use another channel" in answer


async def test_upload_that_discord_no_longer_hands_out_is_refused(untouched: World) -> None:
    upload = await untouched.member("maya").upload(png(), "a.png")
    for file in untouched.sandbox.discord.cdn.directory.iterdir():
        file.unlink()
    assert "could not be read from Discord" in await private_answer(untouched, prompt="a fox", reference1=upload)


async def test_refusal_takes_the_card_away_also_where_discord_lost_the_answer_to_its_post(untouched: World) -> None:
    await untouched.discord.set_faults(bad_gateway_after_effect={"route": "POST /interactions/*", "times": 1})
    upload = await untouched.member("maya").upload(b"no picture", "a.png")
    assert "is not an image" in await private_answer(untouched, prompt="a fox", reference1=upload)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("fail_content_policy", "content rules refused"),
        ("fail_gemini", "The model found no picture"),
        ("fail_internal", "had a fault of its own"),
        ("fail_overloaded", "too much to do"),
        ("fail_image_fetch", "could not read a reference"),
        ("success_without_urls", "gave no picture"),
    ],
)
async def test_provider_refusal_refunds_and_says_why_in_plain_words(world: World, fault: str, expected: str) -> None:
    await world.kie.set_faults(**{fault: True})
    await world.member("maya").slash("imagine", prompt="a fox")
    card = await world.message_with(expected)
    assert "18 credits went back." in text_of(card)
    assert world.states() == ["failed"]
    world.audit()


async def test_unexpected_exception_gives_a_number_that_is_in_the_log_and_reserves_nothing(world: World) -> None:
    world.write("ALTER TABLE account RENAME TO account_gone")
    interaction = await world.member("maya").slash("imagine", prompt="a fox")
    answer = text_of(await interaction.message())
    world.write("ALTER TABLE account_gone RENAME TO account")
    number = answer.split("**")[1]
    assert len(number) == 9
    assert number in world.log()
    assert "a fox" not in world.log()
    assert world.rows("SELECT * FROM request") == []
