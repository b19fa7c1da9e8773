"""What can go wrong while images are made.

GenerationError
├── InvalidRequestError           refused by ourselves before anything was sent
├── RequestRejectedError          refused by the provider, nothing charged: refund
├── ServiceUnavailableError       never accepted: safe to submit again
│   └── OperatorActionNeededError the same, until the operator mends the account
├── SubmissionUncertainError      sent, no usable answer: never submit again by itself
├── GenerationFailedError         accepted, then failed remotely
├── BrokenAnswerError             an answer to a question of ours makes no sense: ask again
├── ResultLostError               the result is no longer behind its URL
├── DownloadError                 the download went wrong: worth another try
└── UnusableImageError            a file is not a picture that can serve as a reference
"""

from __future__ import annotations

from enum import StrEnum


class FailureKind(StrEnum):
    """Why a job ended without a picture."""

    REFUSED_CONTENT = "refused_content"
    """Prompt or reference against the provider's content rules."""
    REFUSED_BY_MODEL = "refused_by_model"
    """The model made no picture of this prompt, and would not of the same again."""
    REFERENCE_UNREADABLE = "reference_unreadable"
    REFERENCE_MISSING = "reference_missing"
    """Our own disk lost a reference before it was uploaded."""
    INVALID_REQUEST = "invalid_request"
    OVERLOADED = "overloaded"
    """Too much demand: worth a new request."""
    PROVIDER_ERROR = "provider_error"
    DEADLINE = "deadline"
    NO_RESULT = "no_result"
    """The provider said success and named no picture."""
    LOST_ANSWER = "lost_answer"
    """The answer to the create was lost, and no callback named the task."""
    VANISHED = "vanished"
    """The provider knows the task no more."""
    FEATURE_OFF = "feature_off"
    RESULT_LOST = "result_lost"
    RESTORED = "restored"
    """It waited in a backup that was restored, so nobody knows whether it was sent since."""


class UnavailableReason(StrEnum):
    """Why the provider took nothing from us."""

    RATE_LIMITED = "rate_limited"
    MAINTENANCE = "maintenance"
    UNREACHABLE = "unreachable"
    """No connection was made, or (to a question that may be asked again) no answer came."""
    SERVER_TROUBLE = "server_trouble"
    """A server error in answer to a question that may be asked again. Never for a create."""
    ACCOUNT = "account"


class BlockedBy(StrEnum):
    """What about the provider's account only the operator can mend."""

    CREDENTIALS = "credentials"
    CREDITS = "credits"
    KEY_LIMIT = "key_limit"


class UncertainBecause(StrEnum):
    """How the answer to a create was lost."""

    DISCONNECTED = "disconnected"
    TIMED_OUT = "timed_out"
    UNREADABLE_ANSWER = "unreadable_answer"
    REDIRECTED = "redirected"


class RequestProblem(StrEnum):
    """What is wrong with a field of a request."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    NOT_OFFERED = "not_offered"
    NOT_A_URL = "not_a_url"


class DownloadProblem(StrEnum):
    """How a download went wrong."""

    FORBIDDEN_URL = "forbidden_url"
    """Neither https nor an allowed loopback address."""
    BAD_STATUS = "bad_status"
    DISCONNECTED = "disconnected"
    TIMED_OUT = "timed_out"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    NOT_AN_IMAGE = "not_an_image"
    NO_FRESH_URL = "no_fresh_url"
    """The provider could not be asked for another URL just now."""


class ImageProblem(StrEnum):
    """Why a file cannot serve as a reference."""

    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED_TYPE = "unsupported_type"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    """Cut off or damaged."""
    ANIMATED = "animated"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_FEW_PIXELS = "too_few_pixels"


class GenerationError(Exception):
    """The root of every error raised by this package on purpose."""


class InvalidRequestError(GenerationError):
    """A request that the provider does not take. Nothing was sent.

    Attributes:
        field: the name of the field of `GenerationRequest`.
        found: the value where it is short, else its length or count.
        limit: the greatest length or count allowed; None where that is not the problem.
    """

    def __init__(
        self, field: str, problem: RequestProblem, *, found: str | int | None = None, limit: int | None = None
    ) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
        self.found = found
        self.limit = limit


class RequestRejectedError(GenerationError):
    """The provider refused for good. No task was made and nothing was charged.

    Attributes:
        code: the provider's code, or the HTTP status where its body had none.
        provider_message: its words, one line of at most 300 characters; may be empty.
    """

    def __init__(self, kind: FailureKind, *, code: int | None = None, provider_message: str = "") -> None:
        super().__init__(f"{kind} (code {code})")
        self.kind = kind
        self.code = code
        self.provider_message = provider_message


class ServiceUnavailableError(GenerationError):
    """Nothing was accepted: the same may be sent again, later.

    Attributes:
        retry_after_s: how long the provider asked to wait, in seconds; None where it did not.
        provider_message: its words, one line of at most 300 characters; may be empty.
    """

    def __init__(
        self, reason: UnavailableReason, *, retry_after_s: float | None = None, provider_message: str = ""
    ) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.retry_after_s = retry_after_s
        self.provider_message = provider_message


class OperatorActionNeededError(ServiceUnavailableError):
    """The provider takes nothing until the operator mends the account."""

    def __init__(self, cause: BlockedBy, *, provider_message: str = "") -> None:
        super().__init__(UnavailableReason.ACCOUNT, provider_message=provider_message)
        self.cause = cause

    def __str__(self) -> str:
        return f"{self.reason}: {self.cause}"


class SubmissionUncertainError(GenerationError):
    """A create was sent and no usable answer came: it may have been accepted and billed.

    Attributes:
        status: the HTTP status of the unusable answer, or None where none came.
    """

    def __init__(self, because: UncertainBecause, *, status: int | None = None) -> None:
        super().__init__(str(because) if status is None else f"{because} (status {status})")
        self.because = because
        self.status = status


class GenerationFailedError(GenerationError):
    """An accepted task is dead. The provider charges nothing for it.

    Attributes:
        provider_message: its words, one line of at most 300 characters; may be empty.
    """

    def __init__(self, kind: FailureKind, *, code: int | None = None, provider_message: str = "") -> None:
        super().__init__(f"{kind} (code {code})")
        self.kind = kind
        self.code = code
        self.provider_message = provider_message


class BrokenAnswerError(GenerationError):
    """An answer of the provider does not have the form that it should have.

    Attributes:
        field: the name of the first field that is missing or wrong, as the provider spells it.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class ResultLostError(GenerationError):
    """The file is no longer behind this URL; a fresh URL may still lead to it.

    Attributes:
        status: the HTTP status, or the provider's code where it refused a fresh URL.
    """

    def __init__(self, *, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class DownloadError(GenerationError):
    """A download went wrong in a way that another try may not.

    Attributes:
        status: the HTTP status where the problem is BAD_STATUS, else None.
    """

    def __init__(self, problem: DownloadProblem, *, status: int | None = None) -> None:
        super().__init__(str(problem) if status is None else f"{problem} (status {status})")
        self.problem = problem
        self.status = status


class PictureMissingError(GenerationError):
    """The file of a finished picture is gone from our disk.

    Attributes:
        job_id: whose picture it is.
        is_lost: whether the provider has it no more either; else it was not reached, and another try may help.
    """

    def __init__(self, job_id: int, *, is_lost: bool) -> None:
        super().__init__(f"the picture of job {job_id} is {'lost' if is_lost else 'missing'}")
        self.job_id = job_id
        self.is_lost = is_lost


class UnusableImageError(GenerationError):
    """A file is not a picture that can be sent to the provider.

    Attributes:
        found_type: what it is instead, in upper case ("GIF"), where the problem is UNSUPPORTED_TYPE.
        size_bytes: the file's size where the problem is TOO_LARGE.
        width, height: in pixels, where there are too many or too few.
    """

    def __init__(
        self,
        problem: ImageProblem,
        *,
        found_type: str | None = None,
        size_bytes: int | None = None,
        width: int | None = None,
        height: int | None = None,
    ) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.found_type = found_type
        self.size_bytes = size_bytes
        self.width = width
        self.height = height
