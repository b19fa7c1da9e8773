"""Uploads, the file host, and fresh addresses for pictures whose own has ended."""

import asyncio
import mimetypes
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import BadHttpMessage

from sandbox.json_values import JsonObject, as_object
from sandbox.local_provider.faults import ProviderFaults
from sandbox.local_provider.files import MAX_REFERENCE_BYTES, ProviderFiles, content_type
from sandbox.local_provider.jobs_api import json_of
from sandbox.local_provider.replies import Refusal, reply
from sandbox.local_provider.tasks import RemoteTask, TaskBook

ALWAYS_REFUSED_AGENTS = ("python-urllib",)
"""The file host refuses "some library user agents"; this is the one that such hosts refuse most."""
LIBRARY_AGENTS = (
    *("python", "aiohttp", "curl", "wget", "go-http-client", "axios"),
    *("node-fetch", "undici", "okhttp", "java/"),
)
FRESH_FOR_S = 20 * 60
SENT_CHUNK_BYTES = 512 * 1024
DAY_S = 24 * 60 * 60
RESULT_URL_FOR_S, RESULT_KEPT_FOR_S, UPLOAD_KEPT_FOR_S = DAY_S, 14 * DAY_S, 3 * DAY_S


class FilesApi:
    """Serves `/api/file-stream-upload`, `/uploads`, `/files` and `/api/v1/common/download-url`."""

    def __init__(
        self, *, tasks: TaskBook, clock: Callable[[], float], faults: ProviderFaults, files: ProviderFiles
    ) -> None:
        self._tasks = tasks
        self._clock = clock
        self._faults = faults
        self._files = files
        self._uploaded_at: dict[Path, float] = {}
        self._fresh: dict[str, tuple[str, float]] = {}  # token to (file, end)
        self.base_url = ""

    def keyed_routes(self) -> list[web.RouteDef]:
        """Return what needs the key."""
        return [
            web.post("/api/file-stream-upload", self._upload),
            web.post("/api/v1/common/download-url", self._download_url),
        ]

    def open_routes(self) -> list[web.RouteDef]:
        """Return the file host, which must never see the key."""
        return [
            web.get("/files/{name}", self._picture),
            web.get("/fresh/{token}/{name}", self._fresh_picture),
            web.get("/uploads/{path:.+}", self._uploaded),
        ]

    async def _upload(self, request: web.Request) -> web.Response:
        if self._faults.meets("upload_fails"):
            raise Refusal(500, "File upload failed")
        if not request.content_type.startswith("multipart/"):
            raise Refusal(400, "multipart/form-data is required")
        fields: dict[str, str] = {}
        part_path = self._files.scratch()
        size_bytes = -1
        try:
            async for part in await request.multipart():
                if not isinstance(part, BodyPartReader):
                    raise Refusal(400, "nested multipart is not supported")
                if part.name == "file":
                    size_bytes = await _keep(part, part_path)
                    fields.setdefault("fileName", part.filename or "")
                elif part.name in {"uploadPath", "fileName"}:
                    fields[part.name] = await part.text()
        except (ValueError, BadHttpMessage) as error:
            part_path.unlink(missing_ok=True)
            raise Refusal(400, "The request body is not multipart/form-data") from error
        final = self._files.upload_path(fields.get("uploadPath", ""), fields.get("fileName", ""))
        folder = fields.get("uploadPath", "/")
        if size_bytes < 0 or final is None or folder != folder.strip("/"):
            part_path.unlink(missing_ok=True)
            raise Refusal(400, "file, uploadPath (without outer slashes) and fileName are required")
        if size_bytes > MAX_REFERENCE_BYTES:
            part_path.unlink(missing_ok=True)
            raise Refusal(400, "File size exceeds the limit of 30MB")
        final.parent.mkdir(parents=True, exist_ok=True)
        self._uploaded_at[final] = self._clock()
        part_path.replace(final)  # a name that was used before is overwritten
        data = self._description(folder, final, size_bytes)
        return web.json_response({"success": True, "code": 200, "msg": "File uploaded successfully", "data": data})

    def _description(self, folder: str, path: Path, size_bytes: int) -> JsonObject:
        place = f"{folder}/{path.name}"
        url_field = "fileUrl" if self._faults.meets("older_upload_shape") else "downloadUrl"
        return {
            "fileName": path.name,
            "filePath": place,
            url_field: f"{self.base_url}/uploads/{place}",
            "fileSize": size_bytes,
            "mimeType": mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            "uploadedAt": datetime.fromtimestamp(self._clock(), UTC).isoformat(),
        }

    def clear(self) -> None:
        """Forget all fresh addresses."""
        self._fresh.clear()

    def _has_ended(self, task: RemoteTask | None, after_s: float) -> bool:
        return task is None or task.ended_at is None or self._clock() >= task.ended_at + after_s

    async def _download_url(self, request: web.Request) -> web.Response:
        body = as_object(await json_of(request)) or {}
        url = body.get("url")
        name = urlsplit(url).path.removeprefix("/files/") if isinstance(url, str) else ""
        ours = isinstance(url, str) and url.startswith(f"{self.base_url}/files/")
        if not ours or self._has_ended(self._task_of(name), RESULT_KEPT_FOR_S) or self._faults.meets("result_gone"):
            raise Refusal(422, "The URL is not a file of this service")
        token = secrets.token_hex(16)
        self._fresh[token] = (name, self._clock() + FRESH_FOR_S)
        return reply(self._faults, f"{self.base_url}/fresh/{token}/{name}")

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        self._refuse_unwelcome(request)
        name = request.match_info["name"]
        if self._has_ended(self._task_of(name), RESULT_URL_FOR_S):
            raise web.HTTPNotFound(text="NoSuchKey")
        if self._faults.meets("result_expired") or self._faults.meets("result_gone"):
            raise web.HTTPNotFound(text="NoSuchKey")
        return await self._send(request, name)

    async def _fresh_picture(self, request: web.Request) -> web.StreamResponse:
        self._refuse_unwelcome(request)
        name, ends_at = self._fresh.get(request.match_info["token"], ("", 0.0))
        if name != request.match_info["name"] or self._clock() >= ends_at:
            raise web.HTTPForbidden(text="Request has expired")
        if self._faults.meets("result_gone"):
            raise web.HTTPNotFound(text="NoSuchKey")
        return await self._send(request, name)

    async def _send(self, request: web.Request, name: str) -> web.StreamResponse:
        task = self._task_of(name)
        if task is None:
            raise web.HTTPNotFound(text="NoSuchKey")
        await asyncio.sleep(self._faults.number("slow_download_s"))
        if (given := self._files.given) is not None:
            return await _with_number(request, given, task.number)
        path = await self._files.picture(task, name, self._faults)
        kind = await asyncio.to_thread(content_type, path)
        if self._faults.meets("truncated_download"):
            return await _half(request, path, kind)
        return web.FileResponse(path, headers={"Content-Type": kind})

    async def _uploaded(self, request: web.Request) -> web.StreamResponse:
        self._refuse_unwelcome(request)
        folder, _, name = request.match_info["path"].rpartition("/")
        path = self._files.upload_path(folder, name)
        if path is None or self._clock() >= self._uploaded_at.get(path, 0.0) + UPLOAD_KEPT_FOR_S or not path.exists():
            raise web.HTTPNotFound(text="NoSuchKey")
        return web.FileResponse(path)

    def _refuse_unwelcome(self, request: web.Request) -> None:
        """The file host wants no key, and dislikes the user agents of libraries."""
        refused = LIBRARY_AGENTS if self._faults.meets("library_agents_refused") else ALWAYS_REFUSED_AGENTS
        agent = request.headers.get("User-Agent", "").lower()
        if "Authorization" in request.headers or not agent or any(name in agent for name in refused):
            raise web.HTTPForbidden(text="Forbidden")

    def _task_of(self, name: str) -> RemoteTask | None:
        return next((task for task in self._tasks if name in task.files), None)


async def _keep(part: BodyPartReader, path: Path) -> int:
    size_bytes = 0
    with path.open("wb") as file:
        while chunk := await part.read_chunk(256 * 1024):
            size_bytes += file.write(chunk)
    return size_bytes


async def _with_number(request: web.Request, path: Path, number: int) -> web.StreamResponse:
    """Send a file and, behind the end of its picture, a number: no two that are made are of the same bytes."""
    tail = f"task {number}".encode()
    kind, size_bytes = await asyncio.to_thread(lambda: (content_type(path), path.stat().st_size))
    response = web.StreamResponse(headers={"Content-Type": kind, "Content-Length": str(size_bytes + len(tail))})
    await response.prepare(request)
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, SENT_CHUNK_BYTES):
            await response.write(chunk)
    await response.write(tail)
    return response


async def _half(request: web.Request, path: Path, kind: str) -> web.StreamResponse:
    """Promise the whole file, send half of it, and cut the connection."""
    content = await asyncio.to_thread(path.read_bytes)
    response = web.StreamResponse(headers={"Content-Type": kind, "Content-Length": str(len(content))})
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
