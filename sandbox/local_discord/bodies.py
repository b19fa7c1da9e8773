"""Request bodies of the REST API: JSON, or multipart with `payload_json` and `files[n]`."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, MultipartReader, web

from sandbox.local_discord.cdn import Cdn
from sandbox.local_discord.errors import ApiError, FormErrors
from sandbox.local_discord.messages import Upload
from sandbox.local_discord.world import MIB

MAX_REQUEST_BYTES = 25 * MIB
_FILE_PART = re.compile(r"^files\[(\d{1,3})\]$")


@dataclass(slots=True)
class RequestBody:
    """The decoded JSON (None where there was none) and the uploaded files."""

    json: Any = None
    uploads: list[Upload] = field(default_factory=list[Upload])

    def discard_unused(self) -> None:
        """Delete the files of a refused request."""
        for upload in self.uploads:
            upload.file.discard()


class _Counter:
    """Counts bytes of the whole request and remembers when there were too many."""

    def __init__(self) -> None:
        self.total = 0

    async def chunks(self, part: BodyPartReader) -> AsyncIterator[bytes]:
        while chunk := await part.read_chunk(256 * 1024):
            self.total += len(chunk)
            if self.total <= MAX_REQUEST_BYTES:
                yield chunk


async def read_body(request: web.Request, cdn: Cdn) -> RequestBody:
    """Read the whole request; raises `ApiError` 40005, 50035 or 50109."""
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request, cdn)
    counted = bytearray()
    total = 0
    async for chunk in request.content.iter_chunked(256 * 1024):
        total += len(chunk)
        if total <= MAX_REQUEST_BYTES:
            counted += chunk
    if total > MAX_REQUEST_BYTES:
        raise ApiError(40005)
    if not counted:
        return RequestBody()
    if request.content_type != "application/json":
        errors = FormErrors()
        message = "Expected \"Content-Type\" header to be one of {'application/json', 'multipart/form-data'}."
        errors.add((), "CONTENT_TYPE_INVALID", message)
        errors.raise_if_any()
    return RequestBody(json=_decoded(bytes(counted)))


async def _read_multipart(request: web.Request, cdn: Cdn) -> RequestBody:
    body, counter, errors = RequestBody(), _Counter(), FormErrors()
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            await _read_part(part, body, counter, errors, cdn)
        if counter.total > MAX_REQUEST_BYTES:
            raise ApiError(40005)
        indexes = [upload.index for upload in body.uploads]
        if len(set(indexes)) != len(indexes):
            errors.add(("files",), "FILES_DUPLICATED", "Two files have the same number.")
        errors.raise_if_any()
    except ApiError:
        body.discard_unused()
        raise
    except ValueError as error:  # what aiohttp raises for multipart that is none
        body.discard_unused()
        raise ApiError(50035) from error
    return body


async def _read_part(
    part: BodyPartReader | MultipartReader, body: RequestBody, counter: _Counter, errors: FormErrors, cdn: Cdn
) -> None:
    if not isinstance(part, BodyPartReader):
        errors.add(("multipart",), "UNKNOWN_FIELD", "Nested multipart is not taken.")
        return
    name = part.name or ""
    file_part = _FILE_PART.match(name)
    if name == "payload_json":
        body.json = _decoded(b"".join([chunk async for chunk in counter.chunks(part)]))
    elif file_part:
        received = await cdn.receive(counter.chunks(part), part.filename or "unknown")
        body.uploads.append(Upload(index=int(file_part.group(1)), file=received))
    else:
        await part.release()
        errors.add((name,), "UNKNOWN_FIELD", f'Unknown field "{name}".')


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ApiError(50109) from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is Python's, not JSON's")
