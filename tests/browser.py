"""Finds a Chromium for the browser tests; without one, tries what can be done without root."""

import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def installed() -> str | None:
    """Return the path of a Chromium on this machine, None where there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if path and Path(path).exists() else None


def find() -> str | None:
    """Return the path of a Chromium, fetching Playwright's own where none is installed; None if that fails."""
    if found := installed():
        return found
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"], check=False, capture_output=True
    )
    return installed()


if __name__ == "__main__":
    if find() is None:
        print("Không có Chromium cho bài thử giao diện: cài bằng `sudo apt install chromium` rồi chạy lại.")
        sys.exit(1)
