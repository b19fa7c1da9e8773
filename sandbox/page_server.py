"""The page and the control API on one loopback port."""

import mimetypes
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

WEB_DIRECTORY = Path(__file__).parent / "web"
MAX_CONTROL_BODY_BYTES = 1024**3  # members upload through here; files are streamed, not held
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost"})


class PageServer:
    """Serves `/`, `/web/…` and the control routes it is given."""

    def __init__(self, routes: Sequence[web.RouteDef], *, host: str = "127.0.0.1") -> None:
        self._routes = routes
        self._host = host
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self, port: int) -> None:
        """Listen on this port, 0 for any; raises `OSError` where it is taken."""
        app = web.Application(client_max_size=MAX_CONTROL_BODY_BYTES, middlewares=[_only_by_loopback_name])
        app.add_routes([web.get("/", _index), web.get("/web/{path:.+}", _static), *self._routes])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, port)
        await site.start()
        self.url = f"http://{self._host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


@web.middleware
async def _only_by_loopback_name(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a foreign web page that reached this port by a name of its own."""
    if (request.url.host or "") not in _LOOPBACK_NAMES:
        return web.Response(status=403, text="Only 127.0.0.1 and localhost are served.")
    try:
        return await handler(request)
    except web.HTTPException as error:
        if not request.path.startswith("/control/"):
            raise
        answer = {"message": f"There is no {request.method} {request.path} here ({error.reason})."}
        return web.json_response(answer, status=error.status)


async def _index(request: web.Request) -> web.StreamResponse:
    return _file(request, "index.html")


async def _static(request: web.Request) -> web.StreamResponse:
    return _file(request, request.match_info["path"])


def _file(request: web.Request, name: str) -> web.StreamResponse:
    del request
    path = (WEB_DIRECTORY / name).resolve()
    if not path.is_relative_to(WEB_DIRECTORY.resolve()) or not path.is_file():
        return web.Response(status=404, text="There is no such file.")
    content_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if content_type.startswith("text/"):
        content_type += "; charset=utf-8"
    return web.FileResponse(path, headers={"Content-Type": content_type, "Cache-Control": "no-store"})
