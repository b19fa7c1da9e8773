"""What is said of presets stays within what Discord shows, however long and odd their names and prompts are."""

from __future__ import annotations

import pytest

from cogs.presets.forms import fill_form, save_form
from cogs.presets.listing import PRESETS_A_PAGE
from cogs.texts import presets as texts
from storage.presets import GUILDS_OWN, NewPreset, Preset

FIVE = [chr(ord("a") + number) * 40 for number in range(5)]


def preset(**changes: object) -> Preset:
    facts: dict[str, object] = {
        "id": 1, "guild_id": 1, "user_id": GUILDS_OWN, "name": "*" * 32, "prompt": "[*](_)" * 1600,
        "aspect_ratio": "16:9", "resolution": "4K", "output_format": "jpg", "image_count": 4,
        "reference_count": 8, "lost_references": 7,
    }  # fmt: skip
    return Preset(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("prompt", ["[*](_)" * 1600, " ".join(f"{{{blank}}}" for blank in FIVE) + "*" * 9000])
def test_page_of_the_longest_presets_fits_into_a_message(prompt: str) -> None:
    page = [(preset(prompt=prompt), 999_999)] * PRESETS_A_PAGE
    assert len(texts.listed(page, page=12, pages=13)) <= 4000


def test_page_names_whose_a_preset_is_what_it_asks_for_and_what_it_costs() -> None:
    own = preset(user_id=5, name="Noir", prompt="{subject}\nin *rain*", lost_references=0, reference_count=0)
    assert texts.listed([(own, 96)], page=0, pages=1).splitlines() == [
        "### Presets",
        "**Noir** · yours · 16:9 · 4K · JPG · 4 images · 96 credits",
        "-# Asks for **subject**",
        "-# {subject} in \\*rain\\*",
    ]
    assert "1 reference gone: save it anew" in texts.listed([(preset(lost_references=1), 1)], page=0, pages=1)
    many = texts.listed([(preset(prompt=" ".join(f"{{{blank}}}" for blank in FIVE)), 1)], page=0, pages=1)
    assert f"Asks for **{FIVE[0]}**, 4 more" in many


def test_suggestion_and_the_heads_of_forms_fit() -> None:
    assert len(texts.choice(preset(), cost=1_000_000)) <= 100
    assert texts.choice(preset(name="Noir", prompt="a\n fox"), cost=None) == "Noir (server): a fox"
    modal = fill_form(1, "*" * 32, FIVE, first="w" * 4000, cost=1_000_000)
    assert len(modal.title) <= 45
    assert modal.title.endswith("· 1,000,000 credits")
    for opened in (modal, save_form(1, places=8), save_form(1, places=1), save_form(1, places=0)):
        labels = [child.to_component_dict() for child in opened.children]
        assert 1 <= len(labels) <= 5
        assert all(len(label["label"]) <= 45 and len(label["description"]) <= 100 for label in labels)  # type: ignore[typeddict-item]


def test_answer_to_saving_fits_into_a_message() -> None:
    prompt = " ".join(f"{{{blank.replace('a', '_a')[:40]}}}" for blank in FIVE)
    new = NewPreset(
        guild_id=1, user_id=GUILDS_OWN, name="*" * 32, prompt=prompt, aspect_ratio=None, resolution=None,
        output_format=None, image_count=None,
    )  # fmt: skip
    assert len(texts.saved(new, replaced=preset(), references=8)) <= 2000
