"""Where Debian's Chromium is, and the switches it runs with in tests."""

from __future__ import annotations

import os
import shutil

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
SWITCHES = [
    "--no-sandbox",  # as root, as in a container, Chromium has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
