"""Components of messages and modals as a whole: nesting, counts, texts, ids and the files they show."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from sandbox.json_values import JsonObject, as_object, objects_in
from sandbox.local_discord.component_forms import (
    V1_TOP_LEVEL,
    V2_TOP_LEVEL,
    ComponentType,
    component,
    modal_component,
)
from sandbox.local_discord.errors import FormErrors, Path
from sandbox.local_discord.forms import array

MAX_COMPONENTS = 40
MAX_TEXT = 4000
MAX_MODAL_ITEMS = 5
ATTACHMENT_SCHEME = "attachment://"


@dataclass(frozen=True, slots=True)
class PlacedComponent:
    """A component and where in the body it stands."""

    path: Path
    body: JsonObject


def walk(components: object, path: Path = ()) -> Iterator[PlacedComponent]:
    """Yield every component, parents first, in the order of the message."""
    for index, body in enumerate(objects_in(components)):
        yield from _walk_one(body, (*path, index))


def _walk_one(body: JsonObject, path: Path) -> Iterator[PlacedComponent]:
    yield PlacedComponent(path, body)
    yield from walk(body.get("components"), (*path, "components"))
    for slot in ("accessory", "component"):
        child = as_object(body.get(slot))
        if child is not None:
            yield from _walk_one(child, (*path, slot))


def media_of(components: object) -> Iterator[tuple[Path, JsonObject]]:
    """Yield every place that shows a file or picture, as (path, object with `url`)."""
    for placed in walk(components):
        for slot in ("media", "file"):
            media = as_object(placed.body.get(slot))
            if media is not None:
                yield (*placed.path, slot), media
        for index, item in enumerate(objects_in(placed.body.get("items"))):
            media = as_object(item.get("media"))
            if media is not None:
                yield (*placed.path, "items", index, "media"), media


def check_message_components(errors: FormErrors, components: object, *, v2: bool) -> None:
    """Add to the errors what Discord refuses in a message's components."""
    path: Path = ("components",)
    top_level = V2_TOP_LEVEL if v2 else V1_TOP_LEVEL
    array(component(top_level), maximum=MAX_COMPONENTS if v2 else 5)(errors, path, components)
    placed = list(walk(components, path))
    if len(placed) > MAX_COMPONENTS:
        message = f"The total number of components cannot exceed {MAX_COMPONENTS}"
        errors.add(path, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", message)
    total = sum(len(str(item.body.get("content", ""))) for item in placed if item.body.get("type") == 10)
    if total > MAX_TEXT:
        message = f"The total length of displayable text cannot exceed {MAX_TEXT}"
        errors.add(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)
    _check_custom_ids(errors, placed)
    _check_numeric_ids(errors, placed)


def check_modal_components(errors: FormErrors, components: object, path: Path) -> None:
    """Add to the errors what Discord refuses in a modal's components."""
    array(modal_component, minimum=1, maximum=MAX_MODAL_ITEMS)(errors, path, components)
    placed = list(walk(components, path))
    _check_custom_ids(errors, placed)
    _check_numeric_ids(errors, placed)
    for item in placed:
        lowest = item.body.get("min_values")
        if item.body.get("disabled"):
            errors.add((*item.path, "disabled"), "COMPONENT_DISABLED_IN_MODAL", "Nothing in a modal can be disabled")
        if item.body.get("required", True) and lowest == 0 and item.body.get("type") in _COUNTED_INPUTS:
            message = "A required component cannot have min_values of 0"
            errors.add((*item.path, "min_values"), "COMPONENT_REQUIRED_MIN_VALUES", message)


_COUNTED_INPUTS = (ComponentType.FILE_UPLOAD, ComponentType.CHECKBOX_GROUP, ComponentType.STRING_SELECT)


def _check_custom_ids(errors: FormErrors, placed: Iterable[PlacedComponent]) -> None:
    seen: set[str] = set()
    for item in placed:
        custom_id = item.body.get("custom_id")
        if not isinstance(custom_id, str):
            continue
        if custom_id in seen:
            message = "Component custom id cannot be duplicated"
            errors.add((*item.path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message)
        seen.add(custom_id)


def _check_numeric_ids(errors: FormErrors, placed: Iterable[PlacedComponent]) -> None:
    seen: set[int] = set()
    for item in placed:
        number = item.body.get("id")
        if not isinstance(number, int) or number == 0:
            continue
        if number in seen:
            errors.add((*item.path, "id"), "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
        seen.add(number)


def check_attachment_references(errors: FormErrors, components: object, filenames: Collection[str]) -> None:
    """Add an error for each `attachment://name` that names no file of the message."""
    for path, media in media_of(components):
        address = str(media.get("url"))
        if address.startswith(ATTACHMENT_SCHEME) and address.removeprefix(ATTACHMENT_SCHEME) not in filenames:
            message = f'The referenced attachment "{address}" was not found'
            errors.add(("components", *path, "url"), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", message)


def with_numeric_ids(components: list[JsonObject]) -> list[JsonObject]:
    """Give every component without an id the next free one, as Discord does."""
    taken = {item.body["id"] for item in walk(components) if item.body.get("id")}
    free = 1
    for item in walk(components):
        if not item.body.get("id"):
            while free in taken:
                free += 1
            taken.add(free)
            item.body["id"] = free
        for chosen in objects_in(item.body.get("default_values")):
            chosen["id"] = str(chosen["id"])  # Discord takes numbers too, and gives them back as text
    return components


def displayed_text(components: object) -> str:
    """Return all text a reader sees in the components, joined by line breaks."""
    return "\n".join(
        str(item.body["content"]) for item in walk(components) if item.body.get("type") == ComponentType.TEXT_DISPLAY
    )
