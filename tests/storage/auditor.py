"""Reads a database from outside, entry by entry, and holds it against the rules that money must keep at any moment."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

RESERVED = {"queued", "submitting", "uncertain", "running"}
REFUNDED = {"failed", "cancelled"}


@dataclass
class Reservation:
    """One job's reserve entry, and the entry that closed it."""

    guild: int
    amount: int
    allowance_part: int
    counts_at: int
    closed_by: str | None = None


@dataclass
class Auditor:
    """Recounts everything from the ledger's entries, each read once: they are never changed."""

    path: Path
    reservations: dict[int, Reservation] = field(default_factory=dict)
    _accounts: defaultdict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    _spending: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    _last_id: int = 0

    def open(self) -> None:
        self._connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        self._connection.row_factory = sqlite3.Row

    def close(self) -> None:
        if hasattr(self, "_connection"):  # else nothing was opened
            self._connection.close()

    def audit(self) -> None:
        """Raise AssertionError where the database breaks a rule."""
        for entry in self._connection.execute("SELECT * FROM ledger_entry WHERE id > ? ORDER BY id", (self._last_id,)):
            self._last_id = entry["id"]
            self._count(entry)
        accounts = self._connection.execute("SELECT guild_id, user_id, allowance, grants FROM account").fetchall()
        assert {(row[0], row[1]): [row[2], row[3]] for row in accounts if row[2] or row[3]} == {
            account: sums for account, sums in self._accounts.items() if any(sums)
        }
        spending = self._connection.execute("SELECT guild_id, quarter, amount FROM spending WHERE amount <> 0")
        assert {(row[0], row[1]): row[2] for row in spending} == {
            place: amount for place, amount in self._spending.items() if amount
        }
        self._audit_jobs()

    def spent(self, guild: int, since: int) -> int:
        """Return what a guild (0: all of them) reserved since a moment and was not refunded, job by job."""
        return -sum(
            held.amount
            for held in self.reservations.values()
            if guild in (0, held.guild) and held.counts_at >= since and held.closed_by != "refund"
        )

    def allowances(self) -> defaultdict[tuple[int, int], int]:
        """Return how much allowance every (guild, user) that has an account holds, by the entries read so far."""
        return defaultdict(int, {account: sums[0] for account, sums in self._accounts.items()})

    def shares_of_allowance(self) -> dict[int, int]:
        """Return, for each job, how much of its price the allowance paid."""
        return {job_id: -held.allowance_part for job_id, held in self.reservations.items()}

    def _count(self, entry: sqlite3.Row) -> None:
        sums = self._accounts[entry["guild_id"], entry["user_id"]]
        sums[0] += entry["allowance_part"]
        sums[1] += entry["amount"] - entry["allowance_part"]
        assert min(sums) >= 0, f"entry {entry['id']} takes a balance below zero: {dict(entry)}"
        job_id, kind = entry["job_id"], entry["kind"]
        if kind == "reserve":
            assert job_id not in self.reservations, f"job {job_id} is reserved twice"
            self.reservations[job_id] = Reservation(
                entry["guild_id"], entry["amount"], entry["allowance_part"], entry["counts_at"]
            )
        elif kind in ("settle", "refund"):
            self._close(self.reservations[job_id], entry)
        if kind in ("reserve", "refund"):
            for guild in (0, entry["guild_id"]):
                self._spending[guild, entry["counts_at"] // 900] -= entry["amount"]

    def _close(self, held: Reservation, entry: sqlite3.Row) -> None:
        assert held.closed_by is None, f"job {entry['job_id']} is closed twice"
        held.closed_by = entry["kind"]
        share = -1 if entry["kind"] == "refund" else 0
        assert (entry["amount"], entry["allowance_part"], entry["counts_at"]) == (
            held.amount * share,
            held.allowance_part * share,
            held.counts_at,
        )

    def _audit_jobs(self) -> None:
        jobs = {row["id"]: row for row in self._connection.execute("SELECT id, state, price FROM job")}
        assert jobs.keys() == self.reservations.keys()
        for job_id, job in jobs.items():
            held, state = self.reservations[job_id], job["state"]
            right = None if state in RESERVED else "refund" if state in REFUNDED else "settle"
            assert (held.closed_by, held.amount) == (right, -job["price"]), f"job {job_id} is {state}: {held}"
