"""Checks of request bodies: each one adds what it finds to a `FormErrors` under the field's path."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sandbox.json_values import as_list, as_object
from sandbox.local_discord.errors import FormErrors, Path

Check = Callable[[FormErrors, Path, Any], None]


def text(minimum: int = 0, maximum: int = 6000) -> Check:
    """A string of this many characters, both ends included; blanks alone count as nothing."""

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        if not isinstance(value, str):
            errors.add(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
        elif minimum == 0 and len(value) > maximum:
            errors.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {maximum} or fewer in length.")
        elif not minimum <= len(value) <= maximum or (minimum and not value.strip()):
            errors.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {minimum} and {maximum} in length.")

    return check


def integer(minimum: int, maximum: int) -> Check:
    """A whole number in this range, both ends included."""

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            errors.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif value < minimum:
            errors.add(path, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {minimum}.")
        elif value > maximum:
            errors.add(path, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {maximum}.")

    return check


def number() -> Check:
    """Any JSON number."""

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            errors.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not float.')

    return check


def boolean() -> Check:
    """true or false."""

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        if not isinstance(value, bool):
            errors.add(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")

    return check


def one_of(values: Collection[int | str]) -> Check:
    """One of these values."""

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | str) or value not in values:
            allowed = ", ".join(map(str, sorted(values, key=str)))
            errors.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{allowed}}}.")

    return check


def snowflake() -> Check:
    """An id, as a number or its digits."""

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        if isinstance(value, bool) or not re.fullmatch(r"\d{1,20}", str(value)):
            errors.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')

    return check


def url(maximum: int, *, schemes: Collection[str] = ("http", "https", "attachment")) -> Check:
    """An address of at most this many characters with one of these schemes."""
    length = text(1, maximum)
    form = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://\S+$")

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        length(errors, path, value)
        if not isinstance(value, str):
            return
        matched = form.match(value)
        if matched is None:
            errors.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
        elif matched[1].lower() not in schemes:
            allowed = ", ".join(f"'{scheme}'" for scheme in schemes)
            errors.add(path, "URL_TYPE_INVALID_SCHEME", f'Scheme "{matched[1]}" must be one of ({allowed}).')

    return check


def timestamp() -> Check:
    """A point in time in ISO 8601."""

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        try:
            datetime.fromisoformat(value)
        except (TypeError, ValueError):
            errors.add(path, "DATE_TYPE_PARSE", f"Could not parse {value}. Should be ISO8601.")

    return check


def nullable(inner: Check) -> Check:
    """null, or what the inner check takes."""

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        if value is not None:
            inner(errors, path, value)

    return check


def anything() -> Check:
    """Whatever comes, unread."""

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        del errors, path, value

    return check


def array(item: Check, *, minimum: int = 0, maximum: int = 100, distinct: bool = False) -> Check:
    """An array of this many items, each of which passes; `distinct` refuses a value that comes again."""

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        items = as_list(value)
        if items is None:
            errors.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return
        if minimum == 0 and len(items) > maximum:
            errors.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {maximum} or fewer in length.")
        elif not minimum <= len(items) <= maximum:
            errors.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {minimum} and {maximum} in length.")
        for index, entry in enumerate(items):
            item(errors, (*path, index), entry)
            if distinct and entry in items[:index]:
                message = "The set already contains this value"
                errors.add((*path, index), "SET_TYPE_ALREADY_CONTAINS_VALUE", message)

    return check


def union(forms: Mapping[int, Check]) -> Check:
    """An object whose `type` says which of these forms it has to have."""

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        body = as_object(value)
        if body is None:
            errors.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            return
        kind = body.get("type")
        if kind is None:
            errors.add((*path, "type"), "BASE_TYPE_REQUIRED", "This field is required")
        elif isinstance(kind, bool) or not isinstance(kind, int) or kind not in forms:
            allowed = ", ".join(str(int(known)) for known in sorted(forms))
            errors.add(path, "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({allowed}).')
        else:
            forms[kind](errors, path, body)

    return check


def record(fields: Mapping[str, Check], *, required: Collection[str] = ()) -> Check:
    """An object with these fields and no others."""

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        body = as_object(value)
        if body is None:
            errors.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            return
        for name in required:
            if body.get(name) is None:
                errors.add((*path, name), "BASE_TYPE_REQUIRED", "This field is required")
        for name, entry in body.items():
            if name not in fields:
                errors.add((*path, name), "UNKNOWN_FIELD", f'Unknown field "{name}".')
            elif entry is not None or name not in required:
                fields[name](errors, (*path, name), entry)

    return check
