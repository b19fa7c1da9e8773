"""/history export: every image comes home byte by byte, with its parameters, in parts that fit."""

from __future__ import annotations

import json
from io import BytesIO
from zipfile import ZipFile

from sandbox.client import text_of
from tests.end_to_end.test_remix import finished, remixed
from tests.world import Message, World, png


async def archives(world: World, who: str, ends: str) -> list[ZipFile]:
    """Wait for the last message of an export; return its ZIP files in order."""
    member = world.member(who)
    await member.wait_for_message(lambda message: ends in text_of(message), timeout_s=60)
    sent: list[Message] = [
        message for message in await member.messages() if message["attachments"] and message["ephemeral"]
    ]
    return [ZipFile(BytesIO(await member.download(message["attachments"][0]["url"]))) for message in sent]


def originals(world: World) -> list[bytes]:
    """Return the files of all images by job, as they are on the bot's disk."""
    rows = world.rows("SELECT result_sha256 AS sha, result_type AS type FROM job ORDER BY id")
    folder = world.data / "media" / "results"
    return [(folder / row["sha"][:2] / f"{row['sha']}.{row['type']}").read_bytes() for row in rows]


async def test_export_holds_each_image_untouched_with_its_parameters(world: World) -> None:
    maya = world.member("maya")
    assert "no image of yours" in text_of(await (await maya.slash("history export")).message())
    card = await finished(
        world,
        "maya",
        prompt="a fox / or two: “quoted”",
        reference1=await maya.upload(png(), "a.png"),
        output_format="jpg",
    )
    await remixed(world, "maya", card, "a fox again")
    await finished(world, "theo", prompt="somebody else's")
    begun = await (await maya.slash("history export")).message()
    assert "2 images" in text_of(begun)
    (archive,) = await archives(world, "maya", "That is all: 2 images")
    assert archive.testzip() is None
    records = json.loads(archive.read("parameters.json"))
    files = [archive.read(record["file"]) for record in records]
    assert files == originals(world)[:2]
    assert records[0]["prompt"] == "a fox / or two: “quoted”"
    assert (records[0]["output_format"], records[0]["cost_credits"]) == ("jpg", 18)
    assert len(records[0]["references"]) == 1
    assert records[1]["made_from"] == records[0]["id"]
    assert all("/" not in name and "\\" not in name for name in archive.namelist())
    later = await (await maya.slash("history export", after=1)).message()
    assert "1 image" in text_of(later)


async def test_image_larger_than_a_part_is_joined_again_byte_by_byte(world: World) -> None:
    await world.kie.change(faults={"png_size_mb": 11})
    await finished(world, "theo", prompt="large", resolution="2K")
    await world.kie.change(faults={"png_size_mb": None})
    await finished(world, "theo", prompt="small")
    await (await world.member("theo").slash("history export")).message()
    parts = await archives(world, "theo", "That is all: 2 images")
    assert len(parts) >= 2
    pieces: dict[str, bytes] = {}
    for part in parts:
        assert part.testzip() is None
        assert part.fp is not None
        for name in part.namelist():
            pieces.setdefault(name, part.read(name))
    names = sorted(name for name in pieces if ".png" in name)
    large = b"".join(pieces[name] for name in names if "large" in name)
    assert large == originals(world)[0]
    assert next(pieces[name] for name in names if "small" in name) == originals(world)[1]
    assert b"copy /b" in pieces["README.txt"]
    assert list((world.data / "media" / "incoming").iterdir()) == []


async def test_export_goes_on_by_direct_message_when_answers_are_not_taken_any_more(world: World) -> None:
    theo = world.member("theo")
    await world.kie.change(faults={"png_size_mb": 11})
    await finished(world, "theo", prompt="large", resolution="2K")
    await world.discord.set_faults(expired_token={"route": "POST /webhooks/*/*"})
    await (await theo.slash("history export")).message()
    done = await theo.wait_for_message(lambda message: "That is all" in text_of(message), channel=None, timeout_s=60)
    there = await theo.messages(done["channel_id"])
    assert "Your export goes on here" in text_of(there[0])
    sent = [message for message in there if message["attachments"]]
    parts = [ZipFile(BytesIO(await theo.download(message["attachments"][0]["url"]))) for message in sent]
    assert [text_of(message).split(":")[0] for message in sent] == ["Part 1", "Part 2"]
    names = sorted((name, part) for part in parts for name in part.namelist() if ".png" in name)
    assert b"".join(part.read(name) for name, part in names) == originals(world)[0]
    await world.discord.change_user("theo", dms_open=False)
    await (await theo.slash("history export")).message()
    await world.until(lambda: "nothing reaches its member any more" in world.log())
    await world.discord.set_faults(expired_token=None)
    await (await theo.slash("history export")).message()  # the one before ended, and holds up no other
    await theo.wait_for_message(lambda message: "That is all" in text_of(message), timeout_s=60)
