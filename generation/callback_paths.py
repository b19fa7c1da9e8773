"""The path that the provider calls when a task ends: one for each job, which nobody else can guess.

It is derived and not stored: whoever has the key can tell which job a path belongs to without asking the database, and
a stolen backup holds none.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass

_PATH = re.compile(r"([0-9]{1,18})-([0-9]{1,12})-([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class JobNamed:
    """The job that a path names. With the time it was queued (Unix seconds): a restored database gives ids anew."""

    job_id: int
    queued_at_s: int


def key_from(api_key: str) -> bytes:
    """Return the key of the paths, which follows from the provider's key and does not tell it."""
    return hmac.digest(api_key.encode(), b"plantain callback paths", hashlib.sha256)


def path_of(job: JobNamed, key: bytes) -> str:
    """Return the path without slashes."""
    return f"{job.job_id}-{job.queued_at_s}-{_proof(job, key)}"


def job_of(path: str, key: bytes) -> JobNamed | None:
    """Return the job of a path of ours, None for any other. Takes the same time however much of it is right."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    job = JobNamed(int(found[1]), int(found[2]))
    return job if hmac.compare_digest(found[3], _proof(job, key)) else None


def _proof(job: JobNamed, key: bytes) -> str:
    digest = hmac.digest(key, f"{job.job_id}-{job.queued_at_s}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest).decode().rstrip("=")
