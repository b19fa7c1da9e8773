"""What happens to money in a history: done by the real product, and answered in the words of the model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from generation.asking import Ask, Asker
from generation.budget_desk import BudgetDesk, Change
from generation.intake import Intake, Wish
from generation.options import GenerationRequest, Resolution
from generation.prices import PriceTable
from storage import transitions
from storage.accounts import Account
from storage.allowances import Allowance, AllowanceKind
from storage.database import Database
from storage.errors import (
    AdjustmentTooLargeError,
    DuplicateRequestError,
    InsufficientCreditsError,
    PoolExhaustedError,
)
from storage.guild_settings import GuildSettings
from storage.periods import PeriodKind
from storage.pools import Pool
from tests.storage.money_model import Answer, Gift, JobKey, Member, MoneyModel

T = TypeVar("T")

MODERATOR = 9
PRICES = {Resolution.ONE_K: 18, Resolution.FOUR_K: 24}


@dataclass(frozen=True)
class Action:
    """Something that is done to the product, and what the model says to it."""

    text: str
    member: Member
    do: Callable[[], Awaitable[object]]
    predict: Callable[[MoneyModel], object]


class SetClock:
    """A clock that shows what it is set to. `fraction`: microseconds, which must make no difference."""

    def __init__(self, moment: int, fraction: int) -> None:
        self.moment = moment
        self._fraction = fraction

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.moment, UTC).replace(microsecond=self._fraction)

    def steady_s(self) -> float:
        return float(self.moment)

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing waits in a history")


class Product:
    """The parts of the bot that move money, on one database file."""

    def __init__(self, path: Path, clock: SetClock, defaults: GuildSettings, operator_pool: Pool | None) -> None:
        self.clock = clock
        self.defaults = defaults
        self.operator_pool = operator_pool
        self.job_ids: dict[JobKey, int] = {}
        self._path = path
        self._exit = AsyncExitStack()

    async def start(self) -> None:
        self.database = await self._exit.enter_async_context(Database.open(self._path))
        parts = self.database, self.defaults, self.clock
        self.desk = BudgetDesk(*parts, operator_pool=self.operator_pool)
        self.intake = Intake(self.database, PriceTable(), self.defaults, self.clock, operator_pool=self.operator_pool)

    async def stop(self) -> None:
        await self._exit.aclose()

    async def recover(self) -> None:
        async with self.database.transaction() as tx:
            await transitions.recover(tx, self.clock.now())

    def ask(
        self, member: Member, roles: frozenset[int], *, interaction: int, count: int, resolution: Resolution
    ) -> Action:
        price = PRICES[resolution]
        ask = Ask(
            asker=asker_of(member, roles),
            interaction_id=interaction,
            order=GenerationRequest(prompt="a fox", resolution=resolution),
            image_count=count,
            spoiler=False,
        )

        def predict(model: MoneyModel) -> Answer:
            return model.ask(member, interaction=interaction, count=count, price=price, now=self.clock.moment)

        return Action(
            f"{member} asks ({interaction}) for {count} at {price}", member, lambda: self._accept(ask), predict
        )

    def check(self, member: Member, roles: frozenset[int], count: int) -> Action:
        wish = Wish(resolution=Resolution.ONE_K, image_count=count, prompt=None)

        async def do() -> Answer:
            return await answer_to(self.intake.check(asker_of(member, roles), wish)) or Answer("accepted")

        def predict(model: MoneyModel) -> Answer:
            return model.check(member, count * PRICES[Resolution.ONE_K], self.clock.moment)

        return Action(f"{member} may ask for {count}", member, do, predict)

    async def _accept(self, ask: Ask) -> Answer:
        accepted = await answer_to(self.intake.accept(ask))
        if isinstance(accepted, Answer):
            return accepted
        for job in accepted.jobs:
            self.job_ids[ask.interaction_id, job.position] = job.id
        return Answer("accepted")

    def move(self, member: Member, job: JobKey, move: str) -> Action:
        job_id = self.job_ids[job]
        details = {
            "run": {"remote_task_id": f"t{job_id}"},
            "succeed": {"result_url": "http://127.0.0.1/x.png"},
            "fail": {"kind": "provider_error", "text": ""},
        }.get(move, {})

        async def do() -> bool:
            now = {} if move == "requeue" else {"now": self.clock.now()}
            async with self.database.transaction() as tx:
                return await getattr(transitions, move)(tx, job_id, **details, **now)

        return Action(f"job {job}: {move}", member, do, lambda model: model.move(job, move))

    def grant(self, member: Member, roles: Collection[int], amount: int) -> Action:
        async def do() -> None:
            await self.desk.grant(change_in(member[0]), account_of(member), roles, amount)

        def predict(model: MoneyModel) -> None:
            model.grant(member, amount, self.clock.moment)

        return Action(f"{member} is granted {amount}", member, do, predict)

    def adjust(self, member: Member, roles: Collection[int], amount: int) -> Action:
        async def do() -> bool:
            try:
                await self.desk.adjust(change_in(member[0]), account_of(member), roles, amount)
            except AdjustmentTooLargeError:
                return False
            return True

        def predict(model: MoneyModel) -> bool:
            return model.adjust(member, amount, self.clock.moment)

        return Action(f"{member} is adjusted by {amount}", member, do, predict)


async def answer_to(asking: Awaitable[T]) -> T | Answer:
    """Return what comes of `asking`, or the refusal in the words of the model."""
    try:
        return await asking
    except DuplicateRequestError:
        return Answer("repeated")
    except InsufficientCreditsError as refusal:
        return Answer("short", refusal.available, seconds(refusal.refills_at), refusal.refill_amount)
    except PoolExhaustedError as refusal:
        owner = "operator" if refusal.by_operator else "guild"
        return Answer(f"{owner} pool of {refusal.guild_id}", refusal.left, seconds(refusal.refills_at))


def account_of(member: Member) -> Account:
    return Account(guild_id=member[0], user_id=member[1])


def asker_of(member: Member, roles: frozenset[int]) -> Asker:
    return Asker(account=account_of(member), role_ids=roles, channel_id=2001)


def allowance_of(gift: Gift) -> Allowance:
    return Allowance(kind=AllowanceKind(gift.kind), amount=gift.amount, period=PeriodKind(gift.period))


def change_in(guild: int) -> Change:
    return Change(guild_id=guild, actor_id=MODERATOR)


def seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
