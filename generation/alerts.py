"""Troubles that only the operator can end."""

from __future__ import annotations

from dataclasses import dataclass

from generation.errors import BlockedBy
from generation.machine_watch import MachineTrouble
from storage.pools import PoolLevel


@dataclass(frozen=True, slots=True)
class OperatorAlert:
    """A trouble of the provider's account. `over` tells that creates are accepted again."""

    cause: BlockedBy
    over: bool = False


@dataclass(frozen=True, slots=True)
class LowBalanceAlert:
    """The account at the provider runs low, or (`over`) is filled again. Both numbers are the provider's credits."""

    balance: float
    threshold: int
    over: bool = False


@dataclass(frozen=True, slots=True)
class PoolAlert:
    """A pool of the operator's holds no other image until it is full again."""

    level: PoolLevel


@dataclass(frozen=True, slots=True)
class MachineAlert:
    """Something of the machine fails, or (`over`) is in order again."""

    trouble: MachineTrouble
    over: bool = False


Alert = OperatorAlert | LowBalanceAlert | PoolAlert | MachineAlert
