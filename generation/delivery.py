"""What the product needs of whoever shows its work to people."""

from __future__ import annotations

from typing import Protocol

from generation.alerts import Alert


class Delivery(Protocol):
    """Shows requests to their members. Implementations return at once and never raise; they work in the background."""

    def request_changed(self, request_id: int) -> None:
        """Bring the card of a request to what the database says, and hand over the pictures that are ready."""
        ...

    def places_changed(self, guild_id: int) -> None:
        """Note that waiting requests of a guild moved up or are held; their cards may follow when there is time."""
        ...

    def alert_operator(self, alert: Alert) -> None:
        """Tell the operator, once, of a trouble that only they can end."""
        ...
