"""What a create may ask for, and the provider's own words for what it may not."""

from sandbox.json_values import JsonObject, as_list, as_object
from sandbox.local_provider.replies import MODEL, Refusal
from sandbox.local_provider.tasks import PRICES
from sandbox.pictures import FACTORS, PIXELS_1K

OPTIONS: dict[str, tuple[str, ...]] = {
    "aspect_ratio": (*PIXELS_1K, "auto"),
    "resolution": tuple(FACTORS),
    "output_format": ("png", "jpg"),
}
MAX_PROMPT_CHARS = 10_000
MAX_REFERENCES = 8


def checked(body: object) -> tuple[JsonObject, str | None]:
    """Return `input` as received and `callBackUrl`; unknown fields are let through.

    Raises:
        Refusal: with the code and words of the live service.
    """
    fields = as_object(body)
    if fields is None:
        raise Refusal(400, "The request body is not a JSON object")
    if fields.get("model") != MODEL:
        raise Refusal(422, "Model name not supported")
    order = as_object(fields.get("input"))
    if order is None:
        raise Refusal(500, "input is required")
    _check_prompt(order.get("prompt"))
    for name, offered in OPTIONS.items():
        if name in order and order[name] not in offered:
            raise Refusal(500, f"{name} is not within the range of allowed options")
    _check_references(order.get("image_input", []))
    call_back_url = fields.get("callBackUrl")
    if call_back_url is not None and not isinstance(call_back_url, str):
        raise Refusal(422, "callBackUrl must be a string")
    return order, call_back_url


def _check_prompt(prompt: object) -> None:
    if not isinstance(prompt, str) or not prompt:
        raise Refusal(500, "prompt is required")
    if any("\ud800" <= character <= "\udfff" for character in prompt):
        raise Refusal(400, "The request body is not UTF-8")  # half of a pair is no character
    if len(prompt) > MAX_PROMPT_CHARS:
        raise Refusal(422, f"prompt exceeds the maximum length of {MAX_PROMPT_CHARS} characters")


def _check_references(urls: object) -> None:
    entries = as_list(urls)
    if entries is None:
        raise Refusal(422, "image_input must be an array of URLs")
    if len(entries) > MAX_REFERENCES:
        raise Refusal(422, f"image_input exceeds the maximum of {MAX_REFERENCES} images")
    # One that cannot be fetched is accepted here, and fails the task.
    if not all(isinstance(url, str) for url in entries):
        raise Refusal(422, "image_input must be an array of URLs")


def price_of(order: JsonObject) -> int:
    """Return the credits that a checked order costs."""
    return PRICES[order.get("resolution", "1K")]
