"""Money computed a second time, from the words of the design and with nothing of the product.

It keeps no balance: it remembers what was given and what each image was paid from, and counts anew when it is asked.
Moments are Unix seconds, amounts are whole credits, everything else is a word.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

Member = tuple[int, int]
"""Guild and user."""
JobKey = tuple[int, int]
"""Interaction and position."""

EVERYWHERE = 0
RESERVED = {"queued", "submitting", "uncertain", "running"}
REFUNDED = {"failed", "cancelled"}
MOVES = {
    "submit": ({"queued"}, "submitting"),
    "requeue": ({"submitting"}, "queued"),
    "lose_sight": ({"submitting"}, "uncertain"),
    "run": ({"submitting", "uncertain"}, "running"),
    "succeed": ({"running"}, "delivering"),
    "deliver": ({"delivering"}, "delivered"),
    "keep_undelivered": ({"delivering", "delivered"}, "undelivered"),
    "lose_result": ({"delivering", "delivered"}, "undelivered"),
    "fail": (RESERVED, "failed"),
    "cancel": ({"queued"}, "cancelled"),
}


@dataclass(frozen=True)
class Gift:
    """What a rule gives: "credits" (so many, so often), "unlimited" or "none"."""

    kind: str
    amount: int = 0
    period: str = "never"


@dataclass(frozen=True)
class Image:
    """What one image was paid from, and when."""

    member: Member
    price: int
    from_allowance: int
    at: int
    state: str = "queued"


@dataclass(frozen=True)
class Standing:
    """Where a member stands. `allowance` is None where there is no limit."""

    allowance: int | None
    grants: int
    reserved: int
    rule: tuple[str, int]
    begins_at: int
    refills_at: int | None
    refill_amount: int


@dataclass(frozen=True)
class Level:
    """How full a pool is."""

    owner: str
    guild: int
    amount: int
    used: int
    begins_at: int
    refills_at: int | None

    @property
    def left(self) -> int:
        return self.amount - self.used if self.used < self.amount else 0


@dataclass(frozen=True)
class Answer:
    """What becomes of an ask: accepted, repeated, or refused by a ceiling that holds only `left` until it refills."""

    outcome: str
    left: int = 0
    refills_at: int | None = None
    refill_amount: int = 0


@dataclass
class Guild:
    zone: str = "UTC"
    week_starts_on: int = 0
    rules: dict[tuple[str, int], Gift] = field(default_factory=dict)


@dataclass
class MoneyModel:
    """Everything that was decided so far."""

    default_gift: Gift
    operator_pool: tuple[int, str] | None = None
    guilds: dict[int, Guild] = field(default_factory=dict)
    pools: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)
    roles: dict[Member, frozenset[int]] = field(default_factory=dict)
    given: dict[Member, int] = field(default_factory=dict)
    taken: list[tuple[Member, int, int]] = field(default_factory=list)  # allowance that a moderator took: amount, when
    images: dict[JobKey, Image] = field(default_factory=dict)
    looked: dict[Member, tuple[Gift, int]] = field(default_factory=dict)  # what counted when the account was looked at

    def copy(self) -> MoneyModel:
        """Return one that can go another way in what asks, races and corrections change."""
        return replace(
            self,
            given=dict(self.given),
            taken=list(self.taken),
            images=dict(self.images),
            looked=dict(self.looked),
        )

    # Which rule counts

    def rule_of(self, member: Member) -> tuple[tuple[str, int], Gift]:
        """The best of a member's own rule, their roles' and the default; a none shuts out what is more general."""
        guild, user = member
        rules = self.guilds[guild].rules
        default = (("default", 0), rules.get(("default", 0), self.default_gift))
        own = rules.get(("member", user))
        of_roles = [
            (("role", role), rules["role", role]) for role in sorted(self.roles[member]) if ("role", role) in rules
        ]
        if own is not None and own.kind == "none":
            return ("member", user), own
        chosen: list[tuple[tuple[str, int], Gift]] = [] if own is None else [(("member", user), own)]
        chosen += [rule for rule in of_roles if rule[1].kind != "none"]
        if not any(gift.kind == "none" for _, gift in of_roles):
            chosen.append(default)
        if not chosen:
            return of_roles[0]
        best = chosen[0]
        for rule in chosen[1:]:  # these come the most personal first, so the earlier wins a tie
            if _is_better(rule[1], best[1]):
                best = rule
        return best

    # What a member has

    def standing(self, member: Member, now: int) -> Standing:
        name, gift = self.rule_of(member)
        begins_at, refills_at = self.period(gift.period, member[0], now)
        of_member = [image for image in self.images.values() if image.member == member]
        return Standing(
            allowance=None if gift.kind == "unlimited" else max(0, gift.amount - self._used(member, begins_at)),
            grants=self._grants(member),
            reserved=sum(image.price for image in of_member if image.state in RESERVED),
            rule=name,
            begins_at=begins_at,
            refills_at=refills_at,
            refill_amount=gift.amount,
        )

    def look(self, member: Member, now: int) -> None:
        """Note that the books are brought up to date; until the next time they are kept by what counts now."""
        gift = self.rule_of(member)[1]
        self.looked[member] = gift, self.period(gift.period, member[0], now)[0]

    def on_the_books(self) -> dict[Member, int]:
        """What the ledger itself holds as allowance of every member with a limit, without anybody looking again."""
        return {
            member: max(0, gift.amount - self._used(member, begins_at))
            for member, (gift, begins_at) in self.looked.items()
            if gift.kind != "unlimited"
        }

    def _used(self, member: Member, since: int) -> int:
        spent = sum(
            image.from_allowance
            for image in self.images.values()
            if image.member == member and image.at >= since and image.state not in REFUNDED
        )
        return spent + sum(amount for who, amount, at in self.taken if who == member and at >= since)

    def _grants(self, member: Member) -> int:
        return self.given.get(member, 0) - sum(
            image.price - image.from_allowance
            for image in self.images.values()
            if image.member == member and image.state not in REFUNDED
        )

    def period(self, kind: str, guild: int, now: int) -> tuple[int, int | None]:
        """When the guild's period around `now` began, and when the next begins."""
        return period(kind, self.guilds[guild].zone, self.guilds[guild].week_starts_on, now)

    # What all have together

    def levels(self, guild: int, now: int) -> list[Level]:
        """The guild's own pool, the operator's for it, the operator's over all; the operator counts in UTC."""
        found: list[Level] = []
        for owner, where in (("guild", guild), ("operator", guild), ("operator", EVERYWHERE)):
            pool = self.pools.get((owner, where), self.operator_pool if where == EVERYWHERE else None)
            if pool is not None:
                amount, kind = pool
                begins_at, ends_at = self.period(kind, guild, now) if owner == "guild" else period(kind, "UTC", 0, now)
                found.append(Level(owner, where, amount, self.spent(where, begins_at), begins_at, ends_at))
        return found

    def spent(self, guild: int, since: int) -> int:
        return sum(
            image.price
            for image in self.images.values()
            if guild in (EVERYWHERE, image.member[0]) and image.at >= since and image.state not in REFUNDED
        )

    # What happens

    def ask(self, member: Member, *, interaction: int, count: int, price: int, now: int) -> Answer:
        if (interaction, 1) in self.images:
            return Answer("repeated")
        answer = self.check(member, count * price, now)
        if answer.outcome == "accepted":
            left = self.standing(member, now).allowance
            for position in range(1, count + 1):
                share = price if left is None else min(left, price)
                left = None if left is None else left - share
                self.images[interaction, position] = Image(member, price, share, now)
        return answer

    def check(self, member: Member, needed: int, now: int) -> Answer:
        """Whether the member, then each pool in turn, can pay."""
        has = self.standing(member, now)
        if has.allowance is not None and has.allowance + has.grants < needed:
            return Answer("short", has.allowance + has.grants, has.refills_at, has.refill_amount)
        for level in self.levels(member[0], now):
            if level.left < needed:
                return Answer(f"{level.owner} pool of {level.guild}", level.left, level.refills_at)
        self.look(member, now)
        return Answer("accepted")

    def move(self, job: JobKey, move: str) -> bool:
        """Change the state of a job; False where another was faster."""
        sources, target = MOVES[move]
        image = self.images[job]
        if image.state not in sources:
            return False
        self.images[job] = replace(image, state=target)
        if move == "lose_result":
            self._give(image.member, image.price)
        return True

    def recover(self) -> None:
        """After a restart nobody knows whether what was being sent was sent."""
        for job, image in self.images.items():
            if image.state == "submitting":
                self.images[job] = replace(image, state="uncertain")

    def grant(self, member: Member, amount: int, now: int) -> None:
        self.look(member, now)
        self._give(member, amount)

    def _give(self, member: Member, amount: int) -> None:
        self.given[member] = self.given.get(member, 0) + amount

    def adjust(self, member: Member, amount: int, now: int) -> bool:
        """Correct an account, from the grants first; False where it does not hold that much."""
        has = self.standing(member, now)
        allowance = has.allowance or 0  # one without limit holds none: it is given what it spends
        if has.grants + allowance + amount < 0:
            return False
        from_grants = max(amount, -has.grants)
        self.look(member, now)
        self._give(member, from_grants)
        if amount < from_grants:
            self.taken.append((member, from_grants - amount, now))
        return True


def _is_better(one: Gift, other: Gift) -> bool:
    """No limit beats any; then what gives more a day (a month has 30), then what gives more at a time."""
    return _worth(one) > _worth(other)


def _worth(gift: Gift) -> tuple[bool, Fraction, int]:
    days = {"day": 1, "week": 7, "month": 30}.get(gift.period)
    return gift.kind == "unlimited", Fraction(gift.amount, days) if days else Fraction(0), gift.amount


def period(kind: str, zone: str, week_starts_on: int, now: int) -> tuple[int, int | None]:
    """Return (begin, end) of the period around `now`; "never" began with time itself and does not end."""
    if kind == "never":
        return 0, None
    first = last = _date_at(now, zone)
    if kind == "week":
        while first.weekday() != week_starts_on:
            first -= timedelta(days=1)
        last = first + timedelta(days=6)
    elif kind == "month":
        first = date(first.year, first.month, 1)
        while (last + timedelta(days=1)).month == first.month:
            last += timedelta(days=1)
    return beginning(first, zone), beginning(last + timedelta(days=1), zone)


@lru_cache(maxsize=10_000)
def beginning(day: date, zone: str) -> int:
    """Return the first second whose date in `zone` is `day`, found by halving: no arithmetic on local times."""
    noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())
    before, inside = noon - 36 * 3600, noon + 36 * 3600
    while inside - before > 1:
        middle = (before + inside) // 2
        if _date_at(middle, zone) < day:
            before = middle
        else:
            inside = middle
    return inside


def _date_at(moment: int, zone: str) -> date:
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).date()
