"""Plays a history on the real product and on the independent model, and compares them after each step."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import groupby, permutations
from operator import itemgetter
from pathlib import Path

from generation.options import Resolution
from storage import accounts, guild_settings, pools
from storage.allowances import Scope
from storage.database import Transaction
from storage.guild_settings import GuildSettings, Setting
from storage.periods import PeriodKind
from storage.pools import Pool, PoolLevel, PoolOwner
from tests.storage.auditor import Auditor
from tests.storage.histories import (
    AMOUNTS,
    DAY_S,
    HOUR_S,
    MINUTE_S,
    PERIODS,
    ROLES,
    STARTS,
    USERS,
    ZONES,
    Choices,
    History,
)
from tests.storage.history_actions import (
    MODERATOR,
    Action,
    Product,
    SetClock,
    account_of,
    allowance_of,
    asker_of,
    change_in,
    seconds,
)
from tests.storage.money_model import (
    EVERYWHERE,
    MOVES,
    REFUNDED,
    Answer,
    Gift,
    Guild,
    Level,
    Member,
    MoneyModel,
    Standing,
)


async def play(history: History, path: Path) -> None:
    """Play a history to its end, on a database at `path`.

    Raises:
        AssertionError: product and model differ, or a rule of the ledger is broken; with the story up to there.
    """
    player = Player(history.beginning, path)
    try:
        await player.play(history)
    except Exception as error:
        error.add_note("\n".join(player.story))
        raise
    finally:
        await player.stop()


class Player:
    """One history on its way. `story` tells it in words."""

    def __init__(self, beginning: Sequence[int], path: Path) -> None:
        choose = Choices(beginning)
        clock = SetClock(choose.among(STARTS) + choose.of(0, DAY_S), choose.among((0, 500_000, 999_999)))
        gift = choose.among((Gift("credits", 150, "week"), Gift("credits", 72, "day"), Gift("none")))
        pool = choose.among((None, None, (300, "day"), (200, "month")))
        guilds = range(1001, 1002 + choose.of(0, 2))
        self.story = [f"begins at {clock.now()}, {gift} by default, {pool} over all"]
        self.model = MoneyModel(
            default_gift=gift,
            operator_pool=pool,
            guilds={guild: Guild() for guild in guilds},
            roles={(guild, user): frozenset() for guild in guilds for user in USERS},
        )
        self._zones = {guild: choose.among(ZONES) for guild in guilds}
        self._members = list(self.model.roles)
        self._interactions = 0
        self._clock = clock
        self._product = Product(
            path,
            clock,
            GuildSettings(default_allowance=allowance_of(gift)),
            pool and Pool(guild_id=EVERYWHERE, owner=PoolOwner.OPERATOR, amount=pool[0], period=PeriodKind(pool[1])),
        )
        self._auditor = Auditor(path)

    async def play(self, history: History) -> None:
        await self._product.start()
        self._auditor.open()
        for guild, zone in self._zones.items():
            await self._set_zone(guild, zone)
        for number, step in enumerate(history.steps):
            concerned = await getattr(self, f"_{step.kind}")(Choices(step.numbers))
            self._auditor.audit()
            on_the_books, expected = self._auditor.allowances(), self.model.on_the_books()
            assert {member: on_the_books[member] for member in expected} == expected
            await self._compare({*concerned, self._members[number % len(self._members)]})
        await self._compare(self._members)

    async def stop(self) -> None:
        self._auditor.close()
        await self._product.stop()

    # What members and the provider do. Each step returns the members whose money it moved

    async def _ask(self, choose: Choices) -> set[Member]:
        return await self._together([self._asking(choose)])

    async def _move(self, choose: Choices) -> set[Member]:
        """One job goes on, often by more than one state."""
        moved: set[Member] = set()
        first = choose.of(0, 9_999)
        for _ in range(choose.of(1, 3) if self.model.images else 0):
            moved |= await self._together([self._moving(Choices((first, choose.of(0, 9_999))))])
        return moved

    async def _race(self, choose: Choices) -> set[Member]:
        """Several things at once: mostly asks of one guild, or moves of one job."""
        doing = [self._asking, self._asking, self._moving, self._moving] if self.model.images else [self._asking]
        common = choose.of(0, 9_999)

        def another() -> Action:
            act, first = choose.among(doing), choose.among((common, common, choose.of(0, 9_999)))
            return act(Choices((first, *(choose.of(0, 9_999) for _ in range(3)))))

        return await self._together([another() for _ in range(choose.of(2, 4))])

    async def _check(self, choose: Choices) -> set[Member]:
        """A member is told beforehand whether an ask would be accepted."""
        member, count = choose.among(self._members), choose.of(1, 4)
        return await self._together([self._product.check(member, self.model.roles[member], count)])

    async def _roles(self, choose: Choices) -> set[Member]:
        member = choose.among(self._members)
        self.model.roles[member] = frozenset(role for role in ROLES if choose.of(0, 1))
        self._tell(f"{member} has the roles {set(self.model.roles[member])}")
        return {member}

    async def _look(self, choose: Choices) -> set[Member]:
        """A member looks at their account: unlike a comparison, that is kept."""
        member = choose.among(self._members)
        await self._product.intake.balance(asker_of(member, self.model.roles[member]))
        self.model.look(member, self._clock.moment)
        self._tell(f"{member} looks")
        return {member}

    def _asking(self, choose: Choices) -> Action:
        member, count = choose.among(self._members), choose.of(1, 4)
        resolution = choose.among((Resolution.ONE_K, Resolution.FOUR_K))
        if not choose.once_in(12):  # otherwise Discord sends an event a second time
            self._interactions += 1
        return self._product.ask(
            member, self.model.roles[member], interaction=self._interactions, count=count, resolution=resolution
        )

    def _moving(self, choose: Choices) -> Action:
        going = [job for job, image in self.model.images.items() if image.state not in REFUNDED | {"delivered"}]
        job = choose.among(going[-8:] or list(self.model.images))
        image = self.model.images[job]
        possible = [move for move, (sources, _) in MOVES.items() if image.state in sources]
        good = [move for move in possible if move in ("submit", "run", "succeed", "deliver", "lose_result")]
        return self._product.move(image.member, job, choose.among([*good * 6, *possible * 3, *MOVES]))

    # What moderators and the operator do

    async def _grant(self, choose: Choices) -> set[Member]:
        member = choose.among(self._members)
        return await self._together([self._product.grant(member, self.model.roles[member], choose.among(AMOUNTS))])

    async def _adjust(self, choose: Choices) -> set[Member]:
        member, amount = choose.among(self._members), choose.among((-500, -70, -30, -18, -7, -1, 5, 40))
        return await self._together([self._product.adjust(member, self.model.roles[member], amount)])

    async def _set_rule(self, choose: Choices) -> set[Member]:
        guild, scope, target = self._rule_place(choose)
        kind = choose.among(("credits", "credits", "credits", "unlimited", "none"))
        gift = Gift(kind, choose.among(AMOUNTS), choose.among(PERIODS)) if kind == "credits" else Gift(kind)
        before = await self._product.desk.set_rule(change_in(guild), Scope(scope), target, allowance_of(gift))
        replaced = self.model.guilds[guild].rules.get((scope, target))
        assert (before and before.allowance) == (replaced and allowance_of(replaced))
        self.model.guilds[guild].rules[scope, target] = gift
        return self._of_guild(guild, f"in {guild} {scope} {target} gets {gift}")

    async def _clear_rule(self, choose: Choices) -> set[Member]:
        guild, scope, target = self._rule_place(choose)
        await self._product.desk.clear_rule(change_in(guild), Scope(scope), target)
        self.model.guilds[guild].rules.pop((scope, target), None)
        return self._of_guild(guild, f"in {guild} the rule of {scope} {target} is cleared")

    def _rule_place(self, choose: Choices) -> tuple[int, str, int]:
        guild, scope = choose.among(list(self.model.guilds)), choose.among(("default", "role", "member"))
        return guild, scope, choose.among({"default": (0,), "role": ROLES, "member": USERS}[scope])

    async def _set_pool(self, choose: Choices) -> set[Member]:
        owner, guild = self._pool_place(choose)
        amount, period = choose.among((0, *AMOUNTS)), choose.among(PERIODS)
        pool = Pool(guild_id=guild, owner=PoolOwner(owner), amount=amount, period=PeriodKind(period), set_by=MODERATOR)
        await self._product.desk.set_pool(change_in(guild), pool)
        self.model.pools[owner, guild] = amount, period
        self._tell(f"the {owner}'s pool of {guild} is {amount} a {period}")
        return set()

    async def _clear_pool(self, choose: Choices) -> set[Member]:
        owner, guild = self._pool_place(choose)
        await self._product.desk.clear_pool(change_in(guild), guild, PoolOwner(owner))
        self.model.pools.pop((owner, guild), None)
        self._tell(f"the {owner}'s pool of {guild} is cleared")
        return set()

    def _pool_place(self, choose: Choices) -> tuple[str, int]:
        guild = choose.among(list(self.model.guilds))
        return choose.among((("guild", guild), ("operator", guild), ("operator", EVERYWHERE)))

    async def _zone(self, choose: Choices) -> set[Member]:
        guild = choose.among(list(self.model.guilds))
        return await self._set_zone(guild, choose.among(ZONES))

    async def _set_zone(self, guild: int, zone: str) -> set[Member]:
        async with self._product.database.transaction() as tx:
            await guild_settings.put(tx, guild, Setting.TIME_ZONE, zone)
        self.model.guilds[guild].zone = zone
        return self._of_guild(guild, f"{guild} is in {zone}")

    async def _week_start(self, choose: Choices) -> set[Member]:
        guild, day = choose.among(list(self.model.guilds)), choose.of(0, 6)
        async with self._product.database.transaction() as tx:
            await guild_settings.put(tx, guild, Setting.WEEK_STARTS_ON, day)
        self.model.guilds[guild].week_starts_on = day
        return self._of_guild(guild, f"weeks of {guild} start on day {day}")

    # What nobody does

    async def _jump(self, choose: Choices) -> set[Member]:
        now = self._clock.moment
        ends_at = self.model.period(choose.among(PERIODS[:3]), choose.among(list(self.model.guilds)), now)[1]
        assert ends_at is not None
        self._clock.moment = choose.among(
            (
                ends_at,
                ends_at - 1,
                now - HOUR_S,
                now + choose.of(1, 59) * MINUTE_S,
                now + choose.of(1, 30) * HOUR_S,
                now + choose.of(1, 9) * DAY_S,
                now + choose.of(20, 70) * DAY_S,
            )
        )
        self._tell(f"it is {self._clock.now()}")
        return set()

    async def _restart(self, choose: Choices) -> set[Member]:
        await self._product.stop()
        await self._product.start()
        await self._product.recover()
        self.model.recover()
        self._tell("the bot is restarted")
        return set()

    # Comparing

    async def _together(self, actions: Sequence[Action]) -> set[Member]:
        """Do all at once; the model must explain every answer, and what each image was paid from, by some order."""
        answers = await asyncio.gather(*(action.do() for action in actions))
        self._tell(" | ".join(f"{action.text}: {answer}" for action, answer in zip(actions, answers, strict=True)))
        self._auditor.audit()
        self.model = self._explained(actions, answers)
        for action, answer in zip(actions, answers, strict=True):
            if answer == Answer("accepted"):
                for level in self.model.levels(action.member[0], self._clock.moment):
                    assert self._auditor.spent(level.guild, level.begins_at) <= level.amount, level
        return {action.member for action in actions}

    def _explained(self, actions: Sequence[Action], answers: Sequence[object]) -> MoneyModel:
        tried: list[object] = []
        for order in permutations(range(len(actions))):
            model = self.model.copy()
            predicted = {number: actions[number].predict(model) for number in order}
            shares = {self._product.job_ids.get(job): image.from_allowance for job, image in model.images.items()}
            tried.append([predicted[number] for number in range(len(actions))])
            if tried[-1] == list(answers) and shares == self._auditor.shares_of_allowance():
                return model
        raise AssertionError(f"the model would have answered {tried[0]}, or taken other shares from the allowance")

    async def _compare(self, members: Iterable[Member]) -> None:
        """Hold what the product says about members and pools against the model, and keep nothing of the asking."""
        moment = self._clock.moment
        by_guild = groupby(sorted(members), key=itemgetter(0))
        async with self._product.database.reading() as tx:
            for guild, of_guild in by_guild:
                settings = await guild_settings.load(tx, guild, self._product.defaults)
                for member in of_guild:
                    expected = self.model.standing(member, moment)
                    assert standing_of(await self._balance(tx, member, settings)) == expected, member
                levels = await pools.levels(tx, guild, settings, self._product.operator_pool, self._clock.now())
                assert [level_of(level) for level in levels] == self.model.levels(guild, moment)

    async def _balance(self, tx: Transaction, member: Member, settings: GuildSettings) -> accounts.Balance:
        roles = self.model.roles[member]
        return await accounts.balance(tx, account_of(member), settings, self._clock.now(), role_ids=roles)

    def _of_guild(self, guild: int, text: str) -> set[Member]:
        self._tell(text)
        return {member for member in self._members if member[0] == guild}

    def _tell(self, text: str) -> None:
        self.story.append(text)


def standing_of(balance: accounts.Balance) -> Standing:
    begins_at, refills_at = seconds(balance.period.start), seconds(balance.refills_at)
    assert begins_at is not None
    return Standing(
        allowance=None if balance.unlimited else balance.allowance,
        grants=balance.grants,
        reserved=balance.reserved,
        rule=(balance.rule.scope, balance.rule.target_id),
        begins_at=begins_at,
        refills_at=refills_at,
        refill_amount=balance.refill_amount,
    )


def level_of(level: PoolLevel) -> Level:
    begins_at, refills_at, pool = seconds(level.period.start), seconds(level.period.end), level.pool
    assert begins_at is not None
    return Level(pool.owner, pool.guild_id, pool.amount, level.used, begins_at, refills_at)
