"""The commands as Discord will know them: described, priced, within its limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import create_autospec

import discord
import pytest
from discord import app_commands

from cogs.credits import CreditsCog
from cogs.imagine import ImagineCog, ImagineFlow
from cogs.presets.command import PresetsCog
from cogs.presets.saving import PresetSaver
from cogs.presets.use import PresetUse
from generation.intake import Intake
from generation.preset_desk import PresetDesk
from generation.prices import PriceTable


@pytest.fixture
async def payloads() -> dict[str, dict[str, Any]]:
    client = discord.Client(intents=discord.Intents.none())
    tree = app_commands.CommandTree(client)
    flow = create_autospec(ImagineFlow, instance=True)
    flow.bot = create_autospec(discord.Client, instance=True)
    flow.bot.tree = tree
    presets = create_autospec(PresetUse, instance=True)
    await ImagineCog(flow, presets, PriceTable.parse("4K=30")).cog_load()
    desk, saver = create_autospec(PresetDesk, instance=True), create_autospec(PresetSaver, instance=True)
    group = PresetsCog(desk, presets, saver, PriceTable.parse("4K=30")).app_command
    assert group is not None
    tree.add_command(group)
    for command in CreditsCog(create_autospec(Intake, instance=True)).get_app_commands():
        tree.add_command(command)
    return {command.name: command.to_dict(tree) for command in tree.get_commands()}


def described(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield payload
    for option in payload.get("options", []):
        yield from described(option)


async def test_every_command_and_option_is_described_in_words_discord_can_show(
    payloads: dict[str, dict[str, Any]],
) -> None:
    assert set(payloads) == {"imagine", "credits", "preset"}
    for entry in (entry for payload in payloads.values() for entry in described(payload)):
        assert 1 <= len(entry["description"]) <= 100, entry["name"]
        assert entry["description"] not in {"…", "..."}, f"{entry['name']} has no description"
        assert entry["name"] == entry["name"].lower()


async def test_commands_work_in_servers_only(payloads: dict[str, dict[str, Any]]) -> None:
    for payload in payloads.values():
        assert payload["dm_permission"] is False or payload["contexts"] == [0]


async def test_prices_stand_in_the_names_of_the_resolutions(payloads: dict[str, dict[str, Any]]) -> None:
    use = next(option for option in payloads["preset"]["options"] if option["name"] == "use")
    for spends in (payloads["imagine"], use):
        options = {option["name"]: option for option in spends["options"]}
        assert [choice["name"] for choice in options["resolution"]["choices"]] == [
            "1K · 18 credits",
            "2K · 18 credits",
            "4K · 30 credits",
        ]


def words_of(payload: dict[str, Any]) -> int:
    """Count the characters that Discord counts: of names, descriptions and the values of choices."""
    choices = sum(len(choice["name"]) + len(str(choice["value"])) for choice in payload.get("choices", []))
    inner = sum(words_of(option) for option in payload.get("options", []))
    return len(payload["name"]) + len(payload["description"]) + choices + inner


async def test_no_command_is_larger_than_discord_takes(payloads: dict[str, dict[str, Any]]) -> None:
    for payload in payloads.values():
        assert words_of(payload) <= 8000
        assert all(len(entry.get("options", [])) <= 25 for entry in described(payload))


async def test_imagine_takes_what_the_provider_takes(payloads: dict[str, dict[str, Any]]) -> None:
    options = {option["name"]: option for option in payloads["imagine"]["options"]}
    assert (options["prompt"]["min_length"], options["prompt"]["max_length"]) == (1, 6000)
    assert (options["count"]["min_value"], options["count"]["max_value"]) == (1, 4)
    assert len(options["aspect_ratio"]["choices"]) == 11
    assert [name for name in options if name.startswith("reference")] == [f"reference{n}" for n in range(1, 9)]
    assert not any(option.get("required") for option in options.values())
