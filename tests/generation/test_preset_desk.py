"""Presets in the database: whose a name means, how much room they take, and what is left of them after forgetting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from generation.preset_desk import (
    MOST_BYTES_OF_A_MEMBER,
    MOST_OF_A_GUILD,
    MOST_OF_A_MEMBER,
    PresetDesk,
    PresetImagesGoneError,
    PresetImagesLargeError,
    PresetOfGuildError,
    PresetUnknownError,
)
from storage import forgetting, open_forms, references, removals
from storage.accounts import Account
from storage.database import Database
from storage.errors import TooManyPresetsError
from storage.presets import GUILDS_OWN, NewPreset
from storage.references import NewReference
from tests.conftest import HandClock
from tests.storage.books import MAYA, ORCHARD, THEO, reserve_job

MODERATOR = 3


@pytest.fixture
def desk(database: Database, clock: HandClock) -> PresetDesk:
    return PresetDesk(database, clock)


def preset(name: str, prompt: str = "a fox", *, owner: int = MAYA.user_id, guild: int = ORCHARD) -> NewPreset:
    return NewPreset(
        guild_id=guild, user_id=owner, name=name, prompt=prompt, aspect_ratio=None, resolution=None,
        output_format=None, image_count=None,
    )  # fmt: skip


def picture(letter: str, size_bytes: int = 100) -> NewReference:
    return NewReference(sha256=letter * 64, image_type="png", size_bytes=size_bytes, width=64, height=64)


async def files_to_remove(database: Database) -> list[str]:
    """Return the letters of the pictures whose files go as soon as somebody looks."""
    async with database.reading() as tx:
        return sorted(file.sha256[0] for file in await removals.files(tx, limit=99))


async def prompt_called(desk: PresetDesk, name: str, user: int = MAYA.user_id, guild: int = ORCHARD) -> str:
    return (await desk.called(guild, user, name))[0].prompt


async def test_name_means_ones_own_before_the_servers_and_never_anothers(desk: PresetDesk) -> None:
    await desk.save(preset("Straße", "the server's", owner=GUILDS_OWN), [], actor_id=MODERATOR)
    assert await prompt_called(desk, " STRASSE ") == "the server's"
    await desk.save(preset("strasse", "mine"), [], actor_id=MAYA.user_id)
    await desk.save(preset("cafe\u0301", "decomposed"), [], actor_id=MAYA.user_id)
    assert await prompt_called(desk, "Straße") == "mine"
    assert await prompt_called(desk, "server:Straße") == "the server's"
    assert await prompt_called(desk, "straße", THEO.user_id) == "the server's"
    assert await prompt_called(desk, "CAF\u00c9") == "decomposed"
    with pytest.raises(PresetUnknownError):
        await desk.called(ORCHARD, THEO.user_id, "café")
    with pytest.raises(PresetUnknownError):
        await desk.called(ORCHARD + 1, MAYA.user_id, "Straße")
    assert await desk.offered(ORCHARD + 1, MAYA.user_id) == []
    await desk.save(preset("server:Straße", "mine of an odd name"), [], actor_id=MAYA.user_id)
    assert await prompt_called(desk, "server:Straße") == "mine of an odd name"


async def test_saving_again_replaces_and_gives_back_what_was_there(desk: PresetDesk, database: Database) -> None:
    assert await desk.save(preset("Noir", "first"), [picture("a")], actor_id=MAYA.user_id) is None
    replaced = await desk.save(preset("NOIR", "second"), [picture("b")], actor_id=MAYA.user_id)
    assert replaced is not None
    assert (replaced.name, replaced.prompt, replaced.reference_count) == ("Noir", "first", 1)
    kept, images = await desk.called(ORCHARD, MAYA.user_id, "noir")
    assert (kept.name, kept.prompt, [image.sha256[0] for image in images]) == ("NOIR", "second", ["b"])
    assert await files_to_remove(database) == ["a"]


async def test_images_of_a_preset_stay_while_a_form_or_another_preset_needs_them(
    desk: PresetDesk, database: Database, clock: HandClock
) -> None:
    await desk.save(preset("one"), [picture("a"), picture("b"), picture("c")], actor_id=MAYA.user_id)
    await desk.save(preset("two"), [picture("b")], actor_id=MAYA.user_id)
    _, images = await desk.called(ORCHARD, MAYA.user_id, "one")
    async with database.transaction() as tx:
        await open_forms.keep(tx, 1, MAYA, {"reference_ids": [images[0].id]}, clock.now())
    await desk.save(preset("one"), [picture("c")], actor_id=MAYA.user_id)
    assert await files_to_remove(database) == []
    await desk.delete(ORCHARD, MAYA.user_id, "one", of_guild=False)
    assert await files_to_remove(database) == ["c"]
    async with database.transaction() as tx:
        assert await references.removable(tx, unused_since=clock.now(), limit=9) == []
        await open_forms.keep(tx, 2, MAYA, {}, clock.now() + timedelta(days=2))
        removable = await references.removable(tx, unused_since=clock.now(), limit=9)
    assert [one.sha256[0] for one in removable] == ["a"]


async def test_member_cannot_delete_what_is_the_servers_or_anothers(desk: PresetDesk) -> None:
    await desk.save(preset("ours", owner=GUILDS_OWN), [], actor_id=MODERATOR)
    await desk.save(preset("mine"), [], actor_id=MAYA.user_id)
    with pytest.raises(PresetOfGuildError):
        await desk.delete(ORCHARD, MAYA.user_id, "ours", of_guild=False)
    for guild, user, of_guild in ((ORCHARD, THEO.user_id, False), (ORCHARD, 4, True), (2, MAYA.user_id, False)):
        with pytest.raises(PresetUnknownError):
            await desk.delete(guild, user, "mine", of_guild=of_guild)
    assert [one.name for one in await desk.offered(ORCHARD, MAYA.user_id)] == ["mine", "ours"]
    await desk.delete(ORCHARD, MODERATOR, "OURS", of_guild=True)
    await desk.delete(ORCHARD, MAYA.user_id, "Mine", of_guild=False)
    assert await desk.offered(ORCHARD, MAYA.user_id) == []


async def test_presets_over_the_most_leave_those_before_as_they_are(desk: PresetDesk) -> None:
    for owner, most in ((MAYA.user_id, MOST_OF_A_MEMBER), (GUILDS_OWN, MOST_OF_A_GUILD)):
        for number in range(most):
            await desk.save(preset(f"n{number}", owner=owner), [], actor_id=MODERATOR)
        with pytest.raises(TooManyPresetsError) as refused:
            await desk.save(preset("one more", owner=owner), [], actor_id=MODERATOR)
        assert refused.value.most == most
        assert await desk.save(preset("N1", "another", owner=owner), [], actor_id=MODERATOR) is not None
    assert len(await desk.offered(ORCHARD, MAYA.user_id)) == MOST_OF_A_MEMBER + MOST_OF_A_GUILD


async def test_room_for_images_of_presets_has_an_end_and_counts_each_picture_once(desk: PresetDesk) -> None:
    half = MOST_BYTES_OF_A_MEMBER // 2
    await desk.save(preset("one"), [picture("a", half), picture("b", half)], actor_id=MAYA.user_id)
    await desk.save(preset("same"), [picture("a", half), picture("a", half)], actor_id=MAYA.user_id)
    with pytest.raises(PresetImagesLargeError) as refused:
        await desk.save(preset("one", "never"), [picture("a", half), picture("c", half + 1)], actor_id=MAYA.user_id)
    assert refused.value.size_bytes == 2 * half + 1
    assert await prompt_called(desk, "one") == "a fox"
    await desk.save(preset("ours", owner=GUILDS_OWN), [picture("c", 3 * half)], actor_id=MODERATOR)
    await desk.save(preset("theirs", owner=THEO.user_id), [picture("d", 2 * half)], actor_id=THEO.user_id)


async def test_image_of_somebody_forgotten_leaves_a_preset_that_says_so(
    desk: PresetDesk, database: Database, clock: HandClock
) -> None:
    job_id = await reserve_job(database, clock.now())
    async with database.transaction() as tx:
        await tx.execute(
            "UPDATE job SET state = 'delivered', remote_task_id = 't', result_sha256 = ?, result_type = 'png'"
            " WHERE id = ?",
            ("a" * 64, job_id),
        )
    await desk.save(preset("x", owner=THEO.user_id), [picture("a"), picture("b")], actor_id=THEO.user_id)
    async with database.transaction() as tx:
        begun = await forgetting.begin(tx, MAYA.user_id, clock.now())
        while await forgetting.erase_some(tx, begun, clock.now()):
            pass
    with pytest.raises(PresetImagesGoneError):
        await desk.called(ORCHARD, THEO.user_id, "x")
    (listed,) = await desk.offered(ORCHARD, THEO.user_id)
    assert (listed.reference_count, listed.lost_references) == (1, 1)
    await desk.save(preset("x", owner=THEO.user_id), [picture("b")], actor_id=THEO.user_id)
    assert await prompt_called(desk, "x", THEO.user_id) == "a fox"


async def test_forgotten_moderators_words_leave_the_server_and_the_trail(
    desk: PresetDesk, database: Database, clock: HandClock
) -> None:
    for owner, name in ((MODERATOR, "secret own"), (GUILDS_OWN, "secret ours"), (GUILDS_OWN, "secret gone")):
        await desk.save(preset(name, "secret {x}", owner=owner), [picture(name[-1])], actor_id=MODERATOR)
    await desk.delete(ORCHARD, MODERATOR, "secret gone", of_guild=True)
    await desk.save(preset("kept", owner=GUILDS_OWN), [], actor_id=MAYA.user_id)
    await desk.save(preset("secret own", "mine"), [], actor_id=MAYA.user_id)
    opened, _ = await desk.called(ORCHARD, THEO.user_id, "secret ours")
    async with database.transaction() as tx:
        for number, facts in ((1, {"preset_id": opened.id, "prompt": opened.prompt}), (2, {"files": []})):
            await open_forms.keep(tx, number, Account(guild_id=ORCHARD, user_id=THEO.user_id), facts, clock.now())
        await tx.execute("UPDATE audit_entry SET log_channel_id = 5, log_message_id = id")
        assert (await forgetting.held(tx, MODERATOR)).presets == 2
        await forgetting.begin(tx, MODERATOR, clock.now())
        assert await open_forms.look_up(tx, 1, THEO.user_id) is None
        assert await open_forms.look_up(tx, 2, THEO.user_id) is not None
        trail: list[Any] = await tx.rows("SELECT actor_id, before, after FROM audit_entry ORDER BY id")
        retold = [row["message_id"] for row in await tx.rows("SELECT * FROM message_removal WHERE is_log")]
    nameless, kept = '{"name": ""}', '{"name": "kept"}'
    assert [(row["actor_id"], row["before"], row["after"]) for row in trail] == [
        (MODERATOR, None, nameless),
        (MODERATOR, None, nameless),
        (MODERATOR, nameless, None),
        (MAYA.user_id, None, kept),
    ]
    assert retold == [1, 2, 3]
    assert await files_to_remove(database) == ["e", "n", "s"]
    assert [one.name for one in await desk.offered(ORCHARD, MAYA.user_id)] == ["secret own", "kept"]
