"""Screenshots to be looked at, not committed: `python -m tests.shots [page …] [size …] [--role commune] [--full]`.

Without words: every page at every size as the leader, and for the other roles the pages that differ for them.
Shots are taken when charts, tables and maps are really painted; they go to `shots/`.
"""

import argparse
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from config.pages import all_pages
from config.roles import load_roles
from config.settings import ROOT, settings
from services.access import CITIZEN_ROLE
from services.people import demo_accounts
from tests.serving import SIZES, chromium, paint, served, settle, signed_in, stretch

SHOTS = ROOT / "shots"
LEADER = "leader"
DIFFERENT = {
    "commune": ("home", "vessels", "public_services"),
    "analyst": ("vessels", "public_services", "data_quality"),
    "operator": ("alerts", "data_quality"),
}
"""The pages that look otherwise to a role than to the leader."""


@dataclass(frozen=True)
class Shot:
    """One picture: which address, for whom, how large, in which language, the fold only or all of it."""

    page: str
    role: str = LEADER
    size: str = "desk"
    language: str = "vi"
    full: bool = False

    def name(self) -> str:
        """Return the name of its file."""
        parts = [re.sub(r"\W+", "_", self.page)[:48], self.size]
        parts += [self.role] * (self.role != LEADER) + [self.language] * (self.language != "vi")
        return "_".join([*parts, *["full"] * self.full]) + ".png"

    def address(self, url: str) -> str:
        """Return where it is taken."""
        path = re.sub(r"^home\b", "", self.page)
        spoken = f"{'&' if '?' in path else '?'}lang={self.language.upper()}" if self.language != "vi" else ""
        return f"{url}/{path}{spoken}"


def shoot(browser: Browser, url: str, shots: Iterable[Shot]) -> Iterator[Path]:
    """Take the pictures one after the other and return their files."""
    users = {account.role: account.user for account in demo_accounts()}
    SHOTS.mkdir(exist_ok=True)
    for shot in shots:
        context = signed_in(browser, url, users.get(shot.role), shot.size)
        page = context.new_page()
        page.goto(shot.address(url))
        settle(page)
        if shot.full:
            stretch(page)
        path = SHOTS / shot.name()
        path.write_bytes(paint(page))
        yield path
        context.close()


def usual() -> list[Shot]:
    """Return the pictures that `make shots` takes."""
    pages = [page.id for page in all_pages()]
    own = [Shot(page, size=size) for size in SIZES for page in pages]
    return own + [Shot(page, role) for role, some in DIFFERENT.items() for page in some if page in pages]


def wanted() -> list[Shot]:
    """Return the pictures named on the command line."""
    read = argparse.ArgumentParser(prog="python -m tests.shots", description=__doc__)
    read.add_argument("words", nargs="*", help=f"pages (with ?query where wanted) and sizes ({', '.join(SIZES)})")
    read.add_argument("--role", choices=[*load_roles(), CITIZEN_ROLE], default=LEADER)
    read.add_argument("--lang", choices=["vi", "en"], default="vi")
    read.add_argument("--full", action="store_true", help="the whole page, not only what is above the fold")
    asked = read.parse_intermixed_args()
    if asked == read.parse_intermixed_args([]):
        return usual()
    sizes = [w for w in asked.words if w in SIZES] or list(SIZES)
    pages = [w for w in asked.words if w not in SIZES] or [p.id for p in all_pages()]
    return [Shot(page, asked.role, size, asked.lang, asked.full) for size in sizes for page in pages]


def main() -> None:
    """Shoot over the data at hand; where there is none, over a small demo province."""
    shots = wanted()
    if not (settings().data_dir / "ioc.db").exists() and not settings().database_url:
        from data_access.migrate import migrate
        from services.demo.runner import demo

        migrate()
        demo("small")
    with tempfile.TemporaryDirectory() as folder, served(ROOT, Path(folder)) as server, chromium() as browser:
        for path in shoot(browser, server.url, shots):
            print(path.relative_to(ROOT), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("IOC_ENV", "demo")
    main()
