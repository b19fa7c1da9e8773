"""A whole sandbox: provider, Discord, page, and the bot where it is wanted."""

import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.bot_process import BotProcess
from sandbox.kie import LocalProvider
from sandbox.local_discord import Clock, LocalDiscord
from sandbox.page_server import PageServer

DEFAULT_PORT = 8420
DEFAULT_PROVIDER_SPEED = 10.0
PROVIDER_KEY = "sandbox-provider-key"


class Sandbox:
    """`async with Sandbox(port=0, bot=False) as sandbox` starts everything and stops it at the end.

    Attributes:
        page, discord_api, discord_gateway, kie, kie_upload, control: addresses.
        discord_token, kie_api_key: what the bot has to present.
        discord, provider: the fakes themselves, for tests in the same process.
        bot: the child process, None where it was not wanted.
    """

    def __init__(
        self,
        *,
        port: int = DEFAULT_PORT,
        bot: bool = True,
        provider_speed: float = DEFAULT_PROVIDER_SPEED,
        request_log: Path | None = None,
        data: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._port = port
        self._data = data
        self._with_bot = bot
        self._closing = AsyncExitStack()
        self.provider = LocalProvider(api_key=PROVIDER_KEY, speed=provider_speed)
        self.discord = LocalDiscord(request_log=request_log, clock=clock)
        self.bot: BotProcess | None = None

    async def start(self) -> None:
        """Start all parts, the bot last; raises `OSError` where the port is taken."""
        async with AsyncExitStack() as started:
            await self.provider.start("127.0.0.1")
            started.push_async_callback(self.provider.stop)
            await self.discord.start()
            started.push_async_callback(self.discord.stop)
            page = PageServer([*self.provider.control_routes(), *self.discord.control_routes()])
            await page.start(self._port)
            started.push_async_callback(page.stop)
            self._take_addresses(page)
            if self._with_bot:
                directory = self._data or Path(started.enter_context(tempfile.TemporaryDirectory(prefix="plantain-")))
                self.bot = BotProcess(self.bot_settings(directory))
                await self.bot.start()
                started.push_async_callback(self.bot.stop)
            self._closing = started.pop_all()

    def _take_addresses(self, page: PageServer) -> None:
        self.page = f"{page.url}/"
        self.control = f"{page.url}/control"
        self.discord_api = self.discord.api_url
        self.discord_gateway = self.discord.gateway_url
        self.discord_token = self.discord.token
        self.kie = self.provider.api_url
        self.kie_upload = self.provider.upload_url
        self.kie_api_key = PROVIDER_KEY

    def bot_settings(self, data: Path) -> dict[str, str]:
        """Return the environment that points a bot at this sandbox, its data below the directory."""
        return {
            "DISCORD_TOKEN": self.discord_token,
            "KIE_API_KEY": self.kie_api_key,
            "KIE_API_URL": self.kie,
            "KIE_UPLOAD_URL": self.kie_upload,
            "DISCORD_API_URL": self.discord_api,
            "DISCORD_GATEWAY_URL": self.discord_gateway,
            "DATABASE_PATH": str(data / "bot.db"),
            "MEDIA_PATH": str(data / "media"),
            "LOG_LEVEL": "INFO",
        }

    def addresses(self) -> dict[str, str]:
        """Return what `--json` prints."""
        return {
            "page": self.page,
            "discord_api": self.discord_api,
            "discord_gateway": self.discord_gateway,
            "kie": self.kie,
            "kie_upload": self.kie_upload,
            "control": self.control,
            "discord_token": self.discord_token,
            "kie_api_key": self.kie_api_key,
        }

    async def stop(self) -> None:
        """Stop the bot, then the servers."""
        await self._closing.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
