"""Who may do what: every command and every button, for every kind of person, sent past Discord's own check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from discord import ui

from cogs.image_bot import BUTTONS
from sandbox.client import Interaction, Member, RefusedError, text_of
from tests.world import World

MODERATORS_ONLY = "Only moderators of this server can use this"
OPERATOR_ONLY = "Only the operator, who runs Plantain, can use this"
NOT_YOURS = "Only the member who asked for this, or a moderator"
SUSPENDED = "A moderator suspended you"
ROLE_NEEDED = "can make images. Ask a moderator about it."
ELSEWHERE = ("is not known here any more", "is not known in this server")

# What a command needs: "member" (suspended members and those without an allowed role are refused), "anybody",
# "moderator" or "operator", and the options that make it a valid one. MAYA and ROLE stand for ids.
COMMANDS: dict[str, tuple[str, dict[str, object]]] = {
    "imagine": ("member", {"prompt": "a fox"}),
    "credits": ("anybody", {}),
    "preset save": ("anybody", {"name": "noir", "prompt": "a fox"}),
    "preset use": ("member", {"name": "noir", "private": True}),
    "preset list": ("anybody", {}),
    "preset delete": ("anybody", {"name": "noir"}),
    "history show": ("anybody", {}),
    "history export": ("anybody", {}),
    "forget-me": ("anybody", {}),
    "Remix image": ("anybody", {}),
    "Image info": ("anybody", {}),
    "budget default": ("moderator", {"amount": "100"}),
    "budget role": ("moderator", {"role": "ROLE", "amount": "100"}),
    "budget member": ("moderator", {"member": "MAYA", "amount": "100"}),
    "budget clear": ("moderator", {}),
    "budget grant": ("moderator", {"member": "MAYA", "amount": 5, "reason": "x"}),
    "budget adjust": ("moderator", {"member": "MAYA", "amount": 5, "reason": "x"}),
    "budget pool": ("moderator", {"amount": "5000"}),
    "budget show": ("moderator", {}),
    "budget history": ("moderator", {"member": "MAYA"}),
    "usage": ("moderator", {}),
    "settings": ("moderator", {}),
    "block word": ("moderator", {"word": "dragon"}),
    "block pattern": ("moderator", {"pattern": "dragons?"}),
    "block remove": ("moderator", {"term": "dragon"}),
    "block list": ("moderator", {}),
    "block test": ("moderator", {"prompt": "a fox"}),
    "suspend": ("moderator", {"member": "MAYA", "for": "1d"}),
    "unsuspend": ("moderator", {"member": "MAYA"}),
    "queue": ("moderator", {}),
    "operator status": ("operator", {}),
    "operator pool": ("operator", {}),
    "operator guilds": ("operator", {}),
    "Image budget": ("moderator", {}),
}

# What a button needs ("seer": to see a private image, "opener": to have opened the page, "self": to be asked), and a
# custom_id that does something. REQUEST and JOB stand for a request of maya's in Orchard.
PRESSES: dict[str, tuple[str, str]] = {
    "CancelButton": ("owner", "plantain:cancel:REQUEST"),
    "HistoryButton": ("moderator", "plantain:history:MAYA:0"),
    "LostRolesButton": ("moderator", "plantain:budget:lost_roles"),
    "BlockListButton": ("moderator", "plantain:block:list:0"),
    "PanelControl": ("moderator", "plantain:settings:limits:remix:0"),
    "QueueButton": ("moderator", "plantain:queue:clear_now:0"),
    "GuildsButton": ("operator", "plantain:guilds:0"),
    "ExportButton": ("moderator", "plantain:usage:csv:0:99999999999"),
    "ImageButton": ("seer", "plantain:image:info:JOB"),
    "FamilyButton": ("seer", "plantain:family:JOB:0"),
    "StarButton": ("seer", "plantain:star:JOB"),
    "ChoiceButton": ("opener", "plantain:choice:1:0"),
    "PastControl": ("opener", "plantain:past:1:page:s0"),
    "ForgetButton": ("self", "plantain:forget:ask:MAYA"),
    "PresetPageButton": ("anybody", "plantain:presets:0"),
}

REFUSALS = {
    "moderator": MODERATORS_ONLY,
    "operator": OPERATOR_ONLY,
    "owner": NOT_YOURS,
    "seer": "made in private",
    "opener": "too old",
    "self": "put to somebody else",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in Orchard (or Harbor), and what they may."""

    name: str
    may: frozenset[str]
    channel: str = "images"


MEMBER = Person("theo", frozenset({"member", "anybody"}))
PEOPLE = {
    "member": MEMBER,
    "member with a role that means nothing": Person("theo", frozenset({"member", "anybody"})),
    "member without the allowed role": Person("theo", frozenset({"anybody"})),
    "suspended member": Person("theo", frozenset({"anybody"})),
    "moderator": Person("olive", frozenset({"member", "anybody", "moderator", "owner"})),
    "moderator by a role": Person("theo", frozenset({"member", "anybody", "moderator", "owner"})),
    "moderator of another server": Person("rosa", frozenset({"member", "anybody"})),
    "operator who is no moderator": Person("nadia", frozenset({"member", "anybody", "operator"}), "Harbor/images"),
}


@dataclass(frozen=True, slots=True)
class Stage:
    world: World
    person: Person
    request_id: int
    ids: dict[str, str]

    def filled(self, value: object) -> object:
        return self.ids.get(str(value), value)


async def prepared(world: World, kind: str) -> Stage:
    """Make the person what `kind` says, and a waiting request of maya's."""
    known = await world.discord.world()
    guilds = {guild["name"]: guild for guild in known["guilds"]}
    orchard, harbor = guilds["Orchard"]["id"], guilds["Harbor"]["id"]
    users = {user["name"]: user["id"] for user in known["users"]}
    role = (await world.discord.add_role(orchard, "Painters"))["id"]
    await world.pause()
    await (await world.member("maya").slash("imagine", prompt="waits")).response()
    await world.until(lambda: world.states() == ["queued"])
    named = f"INSERT INTO guild_role (guild_id, purpose, role_id) VALUES ({orchard}"
    match kind:
        case "member with a role that means nothing":
            await world.discord.set_roles(orchard, "theo", [role])
        case "member without the allowed role":
            world.write(f"{named}, 'allowed', {role})")
        case "suspended member":
            world.write(
                f"INSERT INTO suspension (guild_id, user_id, set_by, set_at) VALUES ({orchard}, {users['theo']}, 1, 1)"
            )
        case "moderator by a role":
            await world.discord.set_roles(orchard, "theo", [role])
            world.write(f"{named}, 'moderator', {role})")
        case "moderator of another server":
            await world.discord.add_member(orchard, "rosa")
            await world.discord.add_member(harbor, "rosa")
            manager = (await world.discord.add_role(harbor, "Managers", permissions=str(1 << 5)))["id"]
            await world.discord.set_roles(harbor, "rosa", [manager])
        case "operator who is no moderator":
            await world.discord.add_member(harbor, "nadia")
        case _:
            pass
    request_id = world.rows("SELECT id FROM request")[0]["id"]
    ids = {"MAYA": users["maya"], "ROLE": role, "REQUEST": str(request_id)}
    ids["JOB"] = str(world.rows("SELECT id FROM job")[0]["id"])
    return Stage(world, PEOPLE[kind], request_id, ids)


async def answer_of(who: Member, act: Interaction) -> tuple[str, bool]:
    """Return what the acting member reads, and whether only they do."""
    state = await act.done()
    assert state.failure is None, state.failure
    if state.modal is not None:
        return "a form", True
    shown = await who.messages(act.channel_id)
    latest = next((message for message in reversed(shown) if message.get("ephemeral")), None)
    if state.message_id is not None:
        latest = next((message for message in shown if message["id"] == state.message_id), latest)
    assert latest is not None
    return text_of(latest), bool(latest["ephemeral"])


async def synced_commands(world: World) -> set[str]:
    """Return every command that Discord offers, with its subcommands."""
    names: set[str] = set()
    for command in await world.discord.commands():
        inner = [option["name"] for option in command.get("options", []) if option["type"] == 1]
        names |= {f"{command['name']} {name}" for name in inner} or {command["name"]}
    return names


async def test_table_holds_every_command_and_every_button(world: World) -> None:
    assert await synced_commands(world) == set(COMMANDS)
    assert {button.__name__ for button in BUTTONS} == set(PRESSES)
    assert all(issubclass(button, ui.DynamicItem) for button in BUTTONS)


@pytest.mark.parametrize("kind", PEOPLE)
async def test_every_command_answers_each_kind_of_person_as_the_table_says(world: World, kind: str) -> None:
    stage = await prepared(world, kind)
    who = world.member(stage.person.name)
    for command, (needs, options) in COMMANDS.items():
        filled: dict[str, Any] = {name: stage.filled(value) for name, value in options.items()}
        if stage.person.channel != "images":
            filled.pop("role", None)
            if "role" in options:
                continue  # that role is of another server
        before = world.rows("SELECT count(*) AS n FROM audit_entry")[0]["n"]
        if command == "Image budget":
            act = await who.forge_menu(command, user_id=stage.ids["MAYA"], channel=stage.person.channel)
        elif command in ("Remix image", "Image info"):
            said = await who.say("only words", channel=stage.person.channel)
            there = await who.messages(stage.person.channel)
            act = await who.menu(command, message=next(message for message in there if message["id"] == said))
        else:
            act = await who.forge_slash(command, channel=stage.person.channel, **filled)
        text, private = await answer_of(who, act)
        if needs in stage.person.may:
            assert not any(words in text for words in (MODERATORS_ONLY, OPERATOR_ONLY)), f"{command}: {text}"
        else:
            expected = {"member": (SUSPENDED, ROLE_NEEDED)}.get(needs) or (REFUSALS[needs],)
            assert any(words in text for words in expected), f"{command}: {text}"
            assert world.rows("SELECT count(*) AS n FROM audit_entry")[0]["n"] == before, command
        assert private or (command == "imagine" and "member" in stage.person.may), f"{command} answered in public"


@pytest.mark.parametrize("kind", PEOPLE)
async def test_every_button_answers_each_kind_of_person_as_the_table_says(world: World, kind: str) -> None:
    stage = await prepared(world, kind)
    who = world.member(stage.person.name)
    greeting = await (await who.slash("credits", channel=stage.person.channel)).message()
    world.write("UPDATE request SET private = 1")  # moderators may not look at it either
    for name, (needs, template) in PRESSES.items():
        custom_id = template
        for word in ("REQUEST", "MAYA", "JOB"):
            custom_id = custom_id.replace(word, stage.ids[word])
        text, private = await answer_of(who, await who.forge_click(greeting, custom_id))
        elsewhere = stage.person.channel != "images" and needs in ("owner", "seer")
        if elsewhere:
            assert any(words in text for words in ELSEWHERE), f"{name}: {text}"
        elif needs in stage.person.may:
            assert not any(words in text for words in REFUSALS.values()), f"{name}: {text}"
        else:
            assert REFUSALS[needs] in text, f"{name}: {text}"
        assert private, f"{name} answered in public"
    if "moderator" not in stage.person.may:
        assert world.states() == ["queued"]


async def test_moderator_cannot_reach_into_another_server_by_forged_buttons(world: World) -> None:
    stage = await prepared(world, "moderator of another server")
    rosa = world.member("rosa")
    greeting = await (await rosa.slash("credits", channel="Harbor/images")).message()
    for custom_id in (f"plantain:queue:cancel:{stage.request_id}", f"plantain:cancel:{stage.request_id}"):
        await (await rosa.forge_click(greeting, custom_id)).done()
    await (await rosa.forge_click(greeting, "plantain:queue:clear_now:0")).done()
    assert world.states() == ["queued"]
    history = await rosa.forge_click(greeting, f"plantain:history:{stage.ids['MAYA']}:0")
    assert "Nothing yet" in (await answer_of(rosa, history))[0]


async def test_discord_offers_a_role_of_moderators_what_administrators_allow_it(world: World) -> None:
    stage = await prepared(world, "moderator by a role")
    theo = world.member("theo")
    with pytest.raises(RefusedError, match="You do not have permission to use budget"):
        await theo.slash("budget show")
    orchard = next(guild for guild in (await world.discord.world())["guilds"] if guild["name"] == "Orchard")
    await world.discord.allow_command(orchard["id"], "budget", stage.ids["ROLE"])
    assert "Everybody: 360 credits a week" in text_of(await (await theo.slash("budget show")).message())
    await world.discord.allow_command(orchard["id"], "budget", stage.ids["ROLE"], allowed=None)
    with pytest.raises(RefusedError):
        await theo.slash("budget show")
