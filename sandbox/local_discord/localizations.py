"""Translations of names and descriptions, by locale."""

from typing import Any

from sandbox.json_values import JsonObject, as_object
from sandbox.local_discord.errors import FormErrors, Path
from sandbox.local_discord.forms import Check, nullable

# As in Discord's OpenAPI document, 2026-11.
LOCALES = frozenset(
    (
        *("ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu"),
        *("id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi"),
        *("zh-CN", "zh-TW"),
    )
)


def localizations(entry: Check) -> Check:
    """null, or an object with a translation for some of Discord's locales."""

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        body = as_object(value)
        if body is None:
            errors.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return
        for locale, translated in body.items():
            if locale not in LOCALES:
                errors.add((*path, locale), "BASE_TYPE_CHOICES", f'"{locale}" is not a locale.')
            else:
                entry(errors, (*path, locale), translated)

    return nullable(check)


def longest(body: JsonObject, name: str) -> int:
    """Return the length of a text or of its longest translation, whichever is more."""
    translated = as_object(body.get(f"{name}_localizations")) or {}
    return max(len(str(entry or "")) for entry in (body.get(name), *translated.values()))
