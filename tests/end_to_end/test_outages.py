"""Outages of everything the bot stands on: what members see, what the operator is told, and that all comes back."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import sqlite3
import sys
from contextlib import closing

import pytest

from sandbox.bot_process import PROJECT_ROOT
from sandbox.client import text_of
from tests.world import Message, World, png

OUT_OF_ORDER = "takes nothing new right now"


async def imagine(world: World, prompt: str = "a fox", **options: object) -> Message:
    """Let maya ask; return the answer."""
    return await (await world.member("maya").slash("imagine", prompt=prompt, **options)).message(timeout_s=60)


async def direct_messages(world: World, who: str = "nadia") -> list[str]:
    place = await world.discord.world()
    ids = {user["id"] for user in place["users"] if user["name"] == who}
    found = [channel["id"] for channel in place["direct_channels"] if channel["user_id"] in ids]
    return [text_of(message) for channel in found for message in await world.member(who).messages(channel)]


def look(world: World) -> None:
    """Let the bot look at its machine now instead of within half a minute."""
    assert world.bot is not None
    os.kill(world.bot.pid, signal.SIGUSR1)


async def until_told(world: World, *texts: str) -> None:
    """Wait until the operator was told just these things."""

    async def were_told() -> bool:
        look(world)
        said = await direct_messages(world)
        return len(said) == len(texts) and all(text in message for text, message in zip(texts, said, strict=True))

    await world.eventually(were_told)


async def test_provider_that_is_down_keeps_images_waiting_and_they_go_on_by_themselves(world: World) -> None:
    provider = world.sandbox.provider
    port = int(provider.api_url.rpartition(":")[2])
    await provider.stop()
    await imagine(world)
    await world.message_with("Waiting for the image service")
    assert world.states() == ["queued"]
    await provider.start("127.0.0.1", port)
    await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    assert await direct_messages(world) == []  # nothing that an operator could do
    world.audit()


async def test_gateway_that_is_gone_stops_no_image_and_commands_work_again_after_it(world: World) -> None:
    await world.kie.change(speed=0.001)
    await imagine(world)
    await world.until(lambda: world.states() == ["running"])
    await world.discord.cut_gateway("refuse")
    await world.kie.change(speed=1000)
    await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    await world.until(lambda: "The gateway was lost" in world.log())
    assert "Traceback" not in world.log()
    await world.discord.cut_gateway("accept")
    await world.discord.wait_for_commands("imagine", timeout_s=60)
    await imagine(world, "an owl")
    await world.until(lambda: world.states() == ["delivered"] * 2)


async def test_bot_started_while_discord_is_down_goes_on_trying_and_can_be_stopped(empty_world: World) -> None:
    world = empty_world
    await world.discord.set_faults(drop_before_effect={"route": "GET /users/@me"})
    world.bot = world.new_bot()
    await world.bot.start()
    await world.until(lambda: world.log().count("Discord was not reached") == 2)
    assert await world.end_bot() == 0
    await world.discord.set_faults(drop_before_effect={"route": "PUT /applications/*/commands", "times": 1})
    await world.start_bot()
    await imagine(world)
    await world.card()
    assert "Traceback" not in world.log()
    assert "Unclosed" not in world.log()


async def test_full_disk_takes_nothing_new_says_so_and_tells_the_operator_once(empty_world: World) -> None:
    world = empty_world
    await world.start_bot(DISK_RESERVE_MB="999999999")
    await until_told(world, "disk is nearly full")
    for _ in range(2):
        refused = await imagine(world)
        assert OUT_OF_ORDER in text_of(refused)
        assert "Nothing was charged" in text_of(refused)
        assert refused["ephemeral"]
    assert "360" in text_of(await (await world.member("maya").slash("credits")).message())
    assert world.states() == []
    status = await (await world.member("nadia").slash("operator status")).message()
    assert "Plantain's disk is nearly full" in text_of(status)
    await world.kill_bot()
    await world.start_bot(DISK_RESERVE_MB="999999999")
    await imagine(world)
    assert len(await direct_messages(world)) == 1, "told once, also over restarts"
    await world.end_bot()
    await world.start_bot()
    await until_told(world, "disk is nearly full", "In order again")
    await imagine(world)
    await world.card()
    assert "Traceback" not in world.log()


async def test_database_that_another_program_holds_is_told_of_and_used_again(world: World) -> None:
    with closing(sqlite3.connect(world.data / "bot.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = await imagine(world)
        assert OUT_OF_ORDER in text_of(refused)
        await until_told(world, "cannot use its database")
        other.execute("ROLLBACK")
    await until_told(world, "cannot use its database", "In order again")
    await imagine(world)
    await world.card()
    assert "Traceback" not in world.log()
    world.audit()


async def test_media_folder_that_vanishes_is_made_anew_and_the_image_comes(world: World) -> None:
    await imagine(world, "a bear")
    await world.until(lambda: world.states() == ["delivered"])  # nothing is being written any more
    shutil.rmtree(world.data / "media")
    await imagine(world, reference1=await world.member("maya").upload(png(), "a.png"))
    look(world)
    await imagine(world, "an owl")
    await world.until(lambda: len(world.states()) > 1 and set(world.states()) == {"delivered"})
    assert len(list((world.data / "media" / "results").rglob("*.png"))) >= 1
    assert "Traceback" not in world.log()


async def test_media_folder_that_cannot_be_written_keeps_finished_images_until_it_can(world: World) -> None:
    await world.kie.change(speed=0.001)
    await imagine(world)
    await world.until(lambda: world.states() == ["running"])
    media = world.data / "media"
    shutil.rmtree(media)
    media.write_text("no folder")
    await world.kie.change(speed=1000)
    await world.until(lambda: world.states() == ["delivering"])
    await until_told(world, "cannot write into its media folder")
    assert OUT_OF_ORDER in text_of(await imagine(world, "an owl"))
    media.unlink()
    await until_told(world, "cannot write into its media folder", "In order again")
    await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    assert "Traceback" not in world.log()
    world.audit()


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="the system cannot limit another process")
async def test_file_descriptors_that_run_out_are_told_of_and_nothing_is_lost(world: World) -> None:
    await world.kie.change(speed=0.001)
    await imagine(world)
    await world.until(lambda: world.states() == ["running"])
    assert world.bot is not None
    before = resource.prlimit(world.bot.pid, resource.RLIMIT_NOFILE)
    assert before[0] == min(before[1], 65_536), "the bot takes as many as it may"
    open_now = len(os.listdir(f"/proc/{world.bot.pid}/fd"))
    resource.prlimit(world.bot.pid, resource.RLIMIT_NOFILE, (open_now, before[1]))
    await world.kie.change(speed=1000)
    look(world)
    await world.until(lambda: "The machine is in trouble: files" in world.log())
    resource.prlimit(world.bot.pid, resource.RLIMIT_NOFILE, before)
    await world.card()
    await until_told(world, "files open", "In order again")
    await world.until(lambda: world.states() == ["delivered"])
    world.audit()


async def test_database_damaged_under_a_running_bot_ends_it_and_a_restart_names_the_backup(world: World) -> None:
    await imagine(world)
    await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    assert await command(world, "backup") == 0
    backup = next((world.data / "backups").glob("*.db"))
    await imagine(world, "an owl")
    await world.until(lambda: world.states() == ["delivered"] * 2)
    await world.end_bot()
    path = world.data / "bot.db"
    content = bytearray(path.read_bytes())
    content[4096 * 2 :] = b"\xff" * (len(content) - 4096 * 2)
    path.write_bytes(content)
    for _ in range(2):
        world.bot = world.new_bot()
        await world.bot.start()
        assert await world.bot.wait() == 1
        world.bot = None
        assert path.read_bytes() == bytes(content), "the damaged file is left as it is"
    assert f"bot.py restore {backup}" in world.log()
    assert "Traceback" not in world.log()
    assert await command(world, "restore", str(backup)) == 0
    kept = next(world.data.glob("bot.db.before-*"))
    assert kept.read_bytes() == bytes(content)
    await world.start_bot()
    assert world.states() == ["delivered"]
    await imagine(world, "a bear")
    await world.until(lambda: world.states() == ["delivered"] * 2)
    world.audit()


async def test_database_damaged_while_it_is_used_ends_the_bot_with_the_reason(world: World) -> None:
    await imagine(world)
    await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    with closing(sqlite3.connect(world.data / "bot.db")) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = other.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'account'").fetchone()
    with (world.data / "bot.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    bot, world.bot = world.bot, None
    assert bot is not None
    # Another connection's change makes the bot read its pages anew.
    world.write("UPDATE guild_setting SET time_zone = 'UTC'")
    await world.member("maya").slash("credits")
    assert await asyncio.wait_for(bot.wait(), timeout=60) == 1
    assert "Plantain cannot go on: the database is damaged" in world.log()
    assert "There is no backup in" in world.log()


async def command(world: World, *words: str) -> int:
    """Type a command of bot.py beside the bot; its output goes into the log."""
    bot = world.new_bot()
    with (world.data / "bot.log").open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "bot.py", *words, cwd=PROJECT_ROOT, env=bot.environment, stdout=output, stderr=output
        )
        return await process.wait()


async def test_backup_and_restore_say_what_they_did(world: World) -> None:
    assert await command(world, "restore") == 1
    assert "There is no backup in" in world.log()
    assert await command(world, "backup") == 0
    backup = next((world.data / "backups").glob("*.db"))
    assert f"Made and checked {backup}" in world.log()
    assert await command(world, "restore", str(backup)) == 1
    assert "another instance is using" in world.log()
    assert await command(world, "restore") == 2
    assert f"{backup}  20" in world.log()
    await world.end_bot()
    assert await command(world, "restore", str(world.data / "bot.log")) == 1
    assert "cannot be used as a backup" in world.log()
    assert await command(world, "restore", str(backup)) == 0
    assert "What happened after the backup is not in it." in world.log()
    assert "Traceback" not in world.log()
