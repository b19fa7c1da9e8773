"""What a person does on the sandbox's page, by the names that a screen reader would read out."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Error, Locator, Page, Request

DESKTOP = (1280, 900)
PHONE = (390, 844)

DROP = """
(area, files) => {
  const transfer = new DataTransfer();
  for (const { name, type, content } of files) {
    const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  for (const kind of ["dragenter", "dragover", "drop"])
    area.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}
"""


CONTRAST = """
(element) => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = numbers(color).slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let behind = element;
  const transparent = (color) => numbers(color).length === 4 && numbers(color)[3] === 0;
  while (behind.parentElement && transparent(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
  const [dark, light] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor]
    .map(luminance).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
"""


class Tab:
    """One tab of a browser, as one member looks at it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self._address = address
        self._trouble: list[str] = []
        page.on("pageerror", self._note_error)
        page.on("console", self._note_console)
        page.on("request", self._note_request)

    async def open(self, who: str, place: str) -> None:
        """Look at a channel, given as "Guild/channel", as somebody."""
        await self.page.goto(f"{self._address}#/{place}/{who}")
        await self.composer.wait_for()

    @property
    def composer(self) -> Locator:
        return self.page.get_by_role("combobox", name="Message")

    @property
    def messages(self) -> Locator:
        return self.page.get_by_role("region", name="Messages").locator(".message")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def button(self, name: str, *, within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("button", name=name, exact=True)

    async def type_command(self, text: str) -> None:
        """Type into the composer, as with a keyboard, and take the command that is offered."""
        await self.composer.click()
        await self.page.keyboard.type(text)
        await self.page.get_by_role("listbox", name="Commands").get_by_role("option").first.wait_for()
        await self.page.keyboard.press("Enter")

    async def add_option(self, name: str) -> Locator:
        """Add an option of the command that is being typed; return its field."""
        await self.page.get_by_role("button", name=f"Add {name}:").click()
        return self.page.get_by_label(name, exact=True)

    async def choose_option(self, name: str, choice: str) -> None:
        """Add an option of the command and choose one of its values."""
        await self.page.get_by_role("button", name=f"Add {name}:").click()
        await self.page.get_by_role("listbox", name=name).get_by_role("option", name=choice, exact=True).click()

    async def become(self, person: str) -> None:
        """Go on as another member."""
        if not await self.page.locator("#who").is_visible():
            await self.button("Servers, channels and members").click()
        await self.page.locator("#who").click()
        await self.page.get_by_role("option", name=person).click()
        await self.page.keyboard.press("Escape")

    def file_field(self, form: Locator) -> Locator:
        """Return the part of a form where files are dropped."""
        return form.get_by_role("button", name="Choose files")

    async def unfold(self, title: str) -> Locator:
        """Open a part of the panel that may be folded; return it."""
        part = self.page.locator("details", has=self.page.locator("summary", has_text=title))
        if await part.get_attribute("open") is None:
            await part.locator("summary").first.click()
        return self.page.get_by_role("group", name=title, exact=True)

    def message(self, message_id: object) -> Locator:
        """Return the message with this id."""
        return self.page.locator(f"#message-{message_id}")

    async def send(self) -> None:
        await self.button("Send").click()

    async def drop(self, *files: tuple[str, str, bytes], onto: Locator | None = None) -> None:
        """Drop files, each a name, a type and bytes, onto something; onto the channel where it is not said."""
        area = onto or self.page.get_by_role("main")
        given = [
            {"name": name, "type": kind, "content": base64.b64encode(content).decode()} for name, kind, content in files
        ]
        await area.evaluate(DROP, given)

    async def contrast(self, text: Locator) -> float:
        """Return the contrast of a text to what is behind it, by the rule of WCAG 2: 1 to 21."""
        return await text.evaluate(CONTRAST)

    async def overflow_px(self) -> int:
        """Return by how much the page is wider than the window."""
        return await self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    def expect_no_trouble(self) -> None:
        """Fail where the page met an error or asked for something that is not on this machine."""
        assert self._trouble == []

    def _note_error(self, error: Error) -> None:
        self._trouble.append(f"error: {error.message}")

    def _note_console(self, message: ConsoleMessage) -> None:
        # The browser itself writes of every refused request; those are what the tests are about.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self._trouble.append(f"console: {message.text}")

    def _note_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws") and parts.hostname != "127.0.0.1":
            self._trouble.append(f"outside request: {request.url}")
