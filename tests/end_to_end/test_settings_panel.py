"""/settings as moderators use it: what they press counts at once, is checked again each time, and outlives the bot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.client import Interaction, InteractionState, controls_of, text_of
from sandbox.local_discord.permissions import Permission
from tests.world import World

Message = dict[str, Any]
WHO, LIMITS, CHANNELS, CALENDAR, NOTICES = (
    f"plantain:settings:{page}:" for page in ("who", "limits", "channels", "calendar", "notices")
)


class Panel:
    """One moderator's open panel."""

    def __init__(self, world: World, who: str, message: Message) -> None:
        self.world = world
        self.member = world.member(who)
        self.message = message

    @property
    def text(self) -> str:
        return text_of(self.message)

    @property
    def labels(self) -> list[str]:
        return [control["label"] for control in controls_of(self.message) if control.get("label")]

    def control(self, custom_id: str) -> dict[str, Any]:
        return next(control for control in controls_of(self.message) if control["custom_id"] == custom_id)

    async def press(self, control: str, values: Sequence[str] | None = None) -> InteractionState:
        """Use a control and wait until the panel shows what came of it."""
        used = await self.member.click(self.message, control, values)
        return await self._answered(used)

    async def open_form(self, control: str) -> Interaction:
        opened = await self.member.click(self.message, control)
        assert (await opened.response()).modal is not None
        return opened

    async def send_form(self, opened: Interaction, **values: str) -> InteractionState:
        return await self._answered(await self.member.submit_modal(opened, values))

    async def _answered(self, used: Interaction) -> InteractionState:
        state = await used.response()
        assert state.failure is None
        if state.response_type == 7:
            await self.look()
        return state

    async def look(self) -> None:
        """See the panel as it is now."""
        messages = await self.member.messages()
        self.message = next(message for message in messages if message["id"] == self.message["id"])

    async def until(self, text: str) -> None:
        """Wait for a panel that Discord shows after its answer."""
        self.message = await self.member.wait_for_message(
            lambda message: message["id"] == self.message["id"] and text in text_of(message)
        )

    async def refusal(self, control: str, values: Sequence[str] | None = None) -> str:
        """Use a control that is answered with a private message in place of the panel."""
        used = await self.member.click(self.message, control, values)
        return text_of(await used.message())


async def open_panel(world: World, who: str = "olive", page: str | None = None) -> Panel:
    opened = await world.member(who).slash("settings")
    assert (await opened.done()).ephemeral
    panel = Panel(world, who, await opened.message())
    if page is not None:
        await panel.press(page)
    return panel


async def role_id(world: World, name: str = "Moderators") -> str:
    guild = (await world.discord.world())["guilds"][0]
    return next(role["id"] for role in guild["roles"] if role["name"] == name)


async def answer(world: World, who: str = "maya", *, channel: str = "images", **options: object) -> str:
    """Ask for an image and return what the member is told."""
    asked = await world.member(who).slash("imagine", channel=channel, prompt="a fox", **options)
    return text_of(await asked.message())


async def test_first_page_shows_every_current_value(world: World) -> None:
    panel = await open_panel(world)
    for words in (
        "every channel",
        "every member",
        "members with Manage Server",
        "Largest size: **4K**",
        "**4 images** a request",
        "**20** in the server, **4** for each member",
        "also images of others",
        "No channel has defaults of its own",
        "Time zone: **UTC**",
        "**Monday**",
        "Log channel: **none**",
        "ready: **yes**",
    ):
        assert words in panel.text


async def test_channels_count_at_once_over_a_restart_and_so_does_the_open_panel(world: World) -> None:
    panel = await open_panel(world, page="Change who")
    general = await world.discord.channel_id("general")
    await panel.press(f"{WHO}channels:", [general])
    assert f"every channel → **<#{general}>**" in panel.text
    assert f"<#{general}>" in await answer(world)
    await world.kill_bot()
    await world.start_bot()
    assert f"<#{general}>" in await answer(world)
    await panel.press("Allow every channel")
    assert "every channel" in panel.text
    await answer(world)
    await world.card()
    world.audit()


async def test_only_members_with_a_chosen_role_may_ask(world: World) -> None:
    panel = await open_panel(world, page="Change who")
    moderators = await role_id(world)
    await panel.press(f"{WHO}roles:", [moderators])
    assert f"<@&{moderators}>" in await answer(world)
    await panel.press("Allow every member")
    await answer(world)
    await world.card()


async def test_everyone_as_a_role_means_every_member_and_is_never_a_moderator(world: World) -> None:
    panel = await open_panel(world, page="Change who")
    everyone = await role_id(world, "@everyone")
    await panel.press(f"{WHO}roles:", [everyone])
    assert "every member already" in panel.text
    await panel.press(f"{WHO}moderators:", [everyone])
    assert "@everyone cannot be a moderator role" in panel.text
    assert world.rows("SELECT * FROM guild_role") == []


async def test_role_moderators_change_settings_but_not_who_moderates(world: World) -> None:
    moderators = await role_id(world)
    as_manager = await open_panel(world, page="Change who")
    await as_manager.press(f"{WHO}moderators:", [moderators])
    assert "Server Settings → Integrations → Plantain" in as_manager.text
    await world.discord.change_role(moderators, permissions="0")
    await as_manager.press(f"{WHO}moderators:", [])
    assert "Only members with **Manage Server** can change the moderator roles" in as_manager.text
    assert as_manager.control(f"{WHO}moderators:")["disabled"] is True
    assert [row["role_id"] for row in world.rows("SELECT role_id FROM guild_role")] == [int(moderators)]
    await as_manager.press("← Overview")
    await as_manager.press("Change limits")
    await as_manager.press("2")
    assert "**Most images of one request:** 4 → **2**" in as_manager.text


async def test_who_lost_the_rights_finds_every_control_and_form_refused(world: World) -> None:
    panel = await open_panel(world, page="Change limits")
    form = await panel.open_form("Change numbers")
    await world.discord.change_role(await role_id(world), permissions="0")
    for control in ("1K", "1", "Change numbers", "Forbid", "← Overview"):
        assert "Only moderators" in await panel.refusal(control)
    sent = await panel.member.submit_modal(form, {"of_guild": "1", "of_member": "1"})
    assert "Only moderators" in text_of(await sent.message())
    assert world.rows("SELECT * FROM guild_setting") == []
    assert world.rows("SELECT * FROM audit_entry") == []


async def test_limits_refuse_what_goes_beyond_them(world: World) -> None:
    panel = await open_panel(world, page="Change limits")
    await panel.press("1K")
    await panel.press("1")
    assert "✓ 1K" in panel.labels
    assert "✓ 1" in panel.labels
    assert "1K" in await answer(world, resolution="4K")
    assert world.rows("SELECT * FROM request") == []
    await answer(world, count=2)
    assert world.rows("SELECT * FROM request") == []


async def test_numbers_out_of_range_are_answered_and_change_nothing(world: World) -> None:
    panel = await open_panel(world, page="Change limits")
    form = await panel.open_form("Change numbers")
    await panel.send_form(form, of_guild="21", of_member="1")
    assert "can be 1 to 20, not 21" in panel.text
    await panel.send_form(await panel.open_form("Change numbers"), of_guild="2", of_member="3")
    assert "can be 1 to 2, not 3. A member cannot have more than the whole server." in panel.text
    await panel.send_form(await panel.open_form("Change numbers"), of_guild="many", of_member="3")
    assert "“many” is not a whole number" in panel.text
    assert world.rows("SELECT * FROM guild_setting") == []
    await panel.send_form(await panel.open_form("Change numbers"), of_guild="3", of_member="1")
    assert "20 → **3**" in panel.text
    assert "4 → **1**" in panel.text


async def test_form_that_was_open_over_a_restart_is_taken_and_a_slip_is_met_with_a_suggestion(world: World) -> None:
    panel = await open_panel(world, page="Change calendar")
    form = await panel.open_form("Change time zone")
    await world.kill_bot()
    await world.start_bot()
    await panel.send_form(form, zone="Europe/Brelin")
    assert "Did you mean Europe/Berlin" in panel.text
    assert "**Time zone:** UTC" in panel.text
    await panel.press("Europe/Berlin")
    assert "UTC → **Europe/Berlin**" in panel.text
    await panel.press(f"{CALENDAR}week:", ["6"])
    assert "Monday → **Sunday**" in panel.text
    (row,) = world.rows("SELECT time_zone, week_starts_on FROM guild_setting")
    assert tuple(row) == ("Europe/Berlin", 6)


async def test_second_moderator_is_told_what_they_replaced_and_who_had_set_it(world: World) -> None:
    first = await open_panel(world, "olive", "Change calendar")
    second = await open_panel(world, "nadia", "Change calendar")
    await first.send_form(await first.open_form("Change time zone"), zone="berlin")
    await second.send_form(await second.open_form("Change time zone"), zone="Tokyo")
    (entry, _) = world.rows("SELECT * FROM audit_entry ORDER BY id")
    set_by = f"Europe/Berlin was set by <@{entry['actor_id']}> <t:{entry['created_at']}:R>"
    assert f"Europe/Berlin → **Asia/Tokyo** ({set_by})" in second.text


async def test_defaults_of_a_channel_are_what_members_get_there(world: World) -> None:
    panel = await open_panel(world, page="Change defaults")
    images = await world.discord.channel_id("images")
    await panel.press(f"{CHANNELS}open_chosen:", [images])
    default = f"{CHANNELS}default:{images}/"
    await panel.press(f"{default}aspect_ratio", ["16:9"])
    await panel.press(f"{default}output_format", ["jpg"])
    await panel.press(f"{default}spoiler", ["1"])
    await panel.press("← All channels")
    assert f"<#{images}>: 16:9, JPG, spoiler" in panel.text
    await answer(world)
    await world.card()
    await answer(world, channel="night-scenes")
    await world.card(channel="night-scenes")
    tasks = await world.kie.tasks()
    assert {(task["input"]["aspect_ratio"], task["input"]["output_format"]) for task in tasks} == {("16:9", "jpg")}
    await panel.press(f"{CHANNELS}open_chosen:", [images])
    await panel.press("Clear this channel")
    assert "Cleared the defaults of 1 channel" in panel.text


async def test_log_channel_is_set_only_where_the_bot_may_post(world: World) -> None:
    panel = await open_panel(world, page="Change notices")
    general = await world.discord.channel_id("general")
    bot = (await world.discord.world())["bot"]["id"]
    denied = {"id": bot, "type": 1, "allow": "0", "deny": str(int(Permission.SEND_MESSAGES))}
    await world.discord.change_channel(general, overwrites=[denied])
    await panel.press(f"{NOTICES}log:", [general])
    await panel.until(f"Plantain may not post in <#{general}>")
    assert world.rows("SELECT * FROM guild_setting") == []
    await world.discord.change_channel(general, overwrites=[])
    await panel.press(f"{NOTICES}log:", [general])
    await panel.until(f"none → **<#{general}>**")
    assert "Every member can read this channel" in panel.text
    lines = [text_of(message) for message in await panel.member.messages("general")]
    assert len([line for line in lines if "made this Plantain's log channel" in line]) == 1
    await world.discord.delete_channel(general)
    await panel.press("← Overview")
    assert "The log channel is deleted" in panel.text
    await panel.press("Change notices")
    await panel.press("Turn the log off")
    assert "a deleted channel → **none**" in panel.text


async def test_deleted_channels_are_shown_and_removed_but_never_open_the_server(world: World) -> None:
    panel = await open_panel(world, page="Change who")
    general, gallery = [await world.discord.channel_id(name) for name in ("general", "gallery")]
    await panel.press(f"{WHO}channels:", [general, gallery])
    await world.discord.delete_channel(gallery)
    await panel.press("← Overview")
    assert f"<#{general}>, a deleted channel" in panel.text
    await panel.press("Change who")
    await panel.press("Remove deleted channels")
    assert "a deleted channel" not in panel.text.split("## Who and where")[1]
    await world.discord.delete_channel(general)
    await panel.press("← Overview")
    assert "nobody can ask for images" in panel.text
    assert world.rows("SELECT * FROM request") == []
    await answer(world)
    assert world.rows("SELECT * FROM request") == []
    await panel.press("Change who")
    assert "Remove deleted channels" not in panel.labels
    await panel.press("Allow every channel")
    await answer(world)
    await world.card()


async def test_deleted_roles_are_shown_and_let_nobody_in(world: World) -> None:
    moderators = await role_id(world)
    panel = await open_panel(world, page="Change who")
    await panel.press(f"{WHO}roles:", [moderators])
    world.write("UPDATE guild_role SET role_id = 4242")
    await answer(world)
    assert world.rows("SELECT * FROM request") == []
    await panel.press("← Overview")
    assert "Members who may ask: **a deleted role**" in panel.text
    assert "nobody can ask for images" in panel.text


async def test_controls_of_another_version_are_answered(world: World) -> None:
    panel = await open_panel(world)
    custom_id = panel.control("plantain:settings:who:open:")["custom_id"]
    stored = next(
        message
        for channel in world.sandbox.discord.world.channels.values()
        for message in channel.messages.values()
        if str(message.id) == panel.message["id"]
    )
    rename(stored.components, custom_id, "plantain:settings:weather:open:")
    await panel.look()
    assert "older version" in await panel.refusal("plantain:settings:weather:open:")


def rename(components: Sequence[dict[str, Any]], before: str, after: str) -> None:
    for component in components:
        if component.get("custom_id") == before:
            component["custom_id"] = after
        rename([*component.get("components", ()), *filter(None, [component.get("accessory")])], before, after)
