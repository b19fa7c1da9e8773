"""Tokens of interactions whose answers became cards, for as long as Discord takes them; in memory only.

Edits with a token count neither for the channel's limit (5 in 5 s for all its cards together) nor for the bot's 50
requests a second (Discord's documentation, 2026-08), so twenty images that are ready at once need not queue up.
"""

from __future__ import annotations

from generation.clock import Clock

USED_FOR_S = 14 * 60.0
"""Discord takes a token for 15 minutes after the interaction."""


class AnswerTokens:
    """Holds as many tokens as there were cards in the last minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[int, tuple[str, float]] = {}  # by message, with when it ends; the oldest first

    def remember(self, message_id: int, token: str) -> None:
        """Hold the token that answered with this message."""
        now_s = self._clock.steady_s()
        while self._held and next(iter(self._held.values()))[1] <= now_s:
            del self._held[next(iter(self._held))]
        self._held[message_id] = (token, now_s + USED_FOR_S)

    def of(self, message_id: int) -> str | None:
        """Return the token of a message, None where there is none that may be used."""
        token, ends_s = self._held.get(message_id, (None, 0.0))
        return token if ends_s > self._clock.steady_s() else None

    def forget(self, message_id: int) -> None:
        """Let a token go that Discord refused."""
        self._held.pop(message_id, None)
