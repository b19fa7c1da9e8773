"""Stars, and the gallery of images that have enough of them."""

from __future__ import annotations

from cogs.plain_text import quoted
from cogs.texts import moment
from cogs.texts.setting_values import Gone, log_channel
from generation.image_desk import Starred
from storage.guild_settings import GuildSettings
from storage.history import Image

# The panel of /settings


def line(settings: GuildSettings, gone: Gone) -> str:
    """The overview of the gallery."""
    where = log_channel(settings.gallery_channel_id, gone)
    enough = "" if settings.gallery_channel_id is None else f", from {stars_of(settings.star_threshold)} on"
    return f"Gallery of starred images: **{where}**{enough}"


def block(settings: GuildSettings, gone: Gone) -> str:
    """Above the choice of the gallery channel."""
    return (
        f"**Gallery:** {log_channel(settings.gallery_channel_id, gone)}\n"
        "-# Members star each other's images with a button; those with enough stars are shown in this channel, once,"
        " with who made them and a link."
    )


def threshold_block(threshold: int) -> str:
    """Above the choice of how many stars are enough."""
    return f"**Stars that bring an image there:** {threshold}"


CHOOSE = "Choose the gallery channel"
OFF = "Turn the gallery off"
CHANNEL_GONE = "⚠️ The gallery channel is deleted, so nothing is shown. Choose another one, or turn the gallery off."


def begins(actor_id: int, threshold: int) -> str:
    """The first line in a new gallery channel."""
    return f"⭐ <@{actor_id}> made this Plantain's gallery. Images with {stars_of(threshold)} are shown here."


# Stars


def stars_of(count: int) -> str:
    """3 → "3 stars"."""
    return f"{count} star{'' if count == 1 else 's'}"


def starred(done: Starred) -> str:
    """The private answer to Star."""
    if not done.is_given:
        return f"☆ Your star is taken back; the image has {stars_of(done.count)} now."
    if done.in_gallery:
        return f"★ Starred. The image has {stars_of(done.count)} and is in the gallery."
    missing = done.needed - done.count
    bring = "brings" if missing == 1 else "bring"
    return f"★ Starred. The image has {stars_of(done.count)}; {missing} more {bring} it into the gallery."


# What the gallery shows


def shown(image: Image, stars: int) -> str:
    """Below a picture in the gallery."""
    request = image.request
    return f"⭐ {stars_of(stars)} · by <@{request.account.user_id}> · {moment(request.created_at, 'd')}"


def prompt(image: Image) -> str:
    """Above a picture in the gallery."""
    return quoted(" ".join(image.request.prompt.split()), limit=300)


TO_CARD = "To its card"
