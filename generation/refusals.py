"""What an answer means that is not a success: the provider's table of codes, as our errors."""

from __future__ import annotations

import re

from generation.answers import Answer
from generation.errors import (
    BlockedBy,
    GenerationError,
    OperatorActionNeededError,
    RequestRejectedError,
    ServiceUnavailableError,
    SubmissionUncertainError,
    UnavailableReason,
    UncertainBecause,
)
from generation.failures import failure_kind

OK = 200
TASK_DEAD = frozenset({408, 501})
"""Codes in the body of a query's answer: upstream was silent for 10 minutes, or generating failed."""

_BLOCKING = {401: BlockedBy.CREDENTIALS, 402: BlockedBy.CREDITS, 433: BlockedBy.KEY_LIMIT}
_RATE_LIMITED, _MAINTENANCE, _FEATURE_OFF = 429, 455, 505
_ABOUT_CREDITS = re.compile(r"\bcredits?\b|top[\s-]?up", re.IGNORECASE)


def refusal(answer: Answer) -> GenerationError:
    """Return the error for an answer by which the provider took nothing on. Never means that a task was made."""
    code = answer.code
    cause = _BLOCKING.get(code)
    if code == _RATE_LIMITED and _ABOUT_CREDITS.search(answer.message):
        cause = BlockedBy.CREDITS  # seen on the live service in place of 402
    if cause is not None:
        return OperatorActionNeededError(cause, provider_message=answer.message)
    if code == _RATE_LIMITED:
        return _unavailable(UnavailableReason.RATE_LIMITED, answer)
    if code == _MAINTENANCE:
        return _unavailable(UnavailableReason.MAINTENANCE, answer)
    return RequestRejectedError(failure_kind(code, answer.message), code=code, provider_message=answer.message)


def passing_trouble(answer: Answer) -> ServiceUnavailableError | None:
    """Return the error where a question that may be asked again should be, soon; None where the answer is one."""
    code = answer.code
    if code == _RATE_LIMITED and not _ABOUT_CREDITS.search(answer.message):
        return _unavailable(UnavailableReason.RATE_LIMITED, answer)
    if answer.is_json:
        is_trouble = 300 <= code < 400 or (code >= 500 and code not in {*TASK_DEAD, _FEATURE_OFF})
    else:  # a page of some machine on the way; only a few statuses of it are the provider's own word
        is_trouble = not 400 <= code < 500 or code in {404, 408}
    return _unavailable(UnavailableReason.SERVER_TROUBLE, answer) if is_trouble else None


def created_task_id(answer: Answer) -> str:
    """Return the task that the answer to a create names.

    Raises:
        RequestRejectedError, ServiceUnavailableError: there is no task.
        SubmissionUncertainError: the answer does not tell whether there is one.
    """
    if answer.remote_task_id is not None:
        return answer.remote_task_id
    if answer.body_code is not None:
        raise refusal(answer)  # an answer in the provider's form that names no task: there is none
    if 300 <= answer.status < 400:
        raise SubmissionUncertainError(UncertainBecause.REDIRECTED, status=answer.status)
    if 400 <= answer.status < 500 and answer.status != 408:
        raise refusal(answer)
    raise SubmissionUncertainError(UncertainBecause.UNREADABLE_ANSWER, status=answer.status)


def _unavailable(reason: UnavailableReason, answer: Answer) -> ServiceUnavailableError:
    return ServiceUnavailableError(reason, retry_after_s=answer.retry_after_s, provider_message=answer.message)
