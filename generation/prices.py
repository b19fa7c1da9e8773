"""What an image costs, in whole credits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from generation.options import Resolution

MAX_PRICE = 100_000
"""More than any sensible price: catches an operator's slip of the keyboard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """Whole credits per image, at least 1. The defaults are the provider's own prices (2025-01-05)."""

    one_k: int = 18
    two_k: int = 18
    four_k: int = 24

    def price(self, resolution: Resolution) -> int:
        """Return what one image of that resolution costs."""
        match resolution:
            case Resolution.ONE_K:
                return self.one_k
            case Resolution.TWO_K:
                return self.two_k
            case Resolution.FOUR_K:
                return self.four_k

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an operator's table such as "1K=18,2K=18,4K=24"; a resolution left out keeps its default.

        Raises:
            ValueError: saying which part is wrong and what was expected.
        """
        prices: dict[Resolution, int] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            resolution, price = _parse_part(part)
            if resolution in prices:
                raise ValueError(f"{resolution} is given twice")
            prices[resolution] = price
        default = cls()
        return cls(
            one_k=prices.get(Resolution.ONE_K, default.one_k),
            two_k=prices.get(Resolution.TWO_K, default.two_k),
            four_k=prices.get(Resolution.FOUR_K, default.four_k),
        )


def _parse_part(part: str) -> tuple[Resolution, int]:
    name, separator, value = part.partition("=")
    try:
        resolution = Resolution(name.strip().upper())
    except ValueError:
        raise ValueError(f"{part!r}: expected a resolution, one of {', '.join(Resolution)}, as in 1K=18") from None
    value = value.strip()
    is_number = value.isascii() and value.isdigit() and len(value) <= len(str(MAX_PRICE))
    if not separator or not is_number or not 1 <= int(value) <= MAX_PRICE:
        raise ValueError(f"{part!r}: expected whole credits from 1 to {MAX_PRICE:,}, as in {resolution}=18")
    return resolution, int(value)
