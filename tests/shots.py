"""Screenshots of every page at three sizes and of the sign-in, into `shots/`: to be looked at, not committed."""

import os
import sys
import tempfile
from pathlib import Path

from config.pages import all_pages
from config.settings import ROOT, settings
from tests.serving import SIZES, chromium, served, settle, signed_in

SHOTS = ROOT / "shots"


def shoot(url: str, wanted: list[str], sizes: list[str]) -> None:
    """Take a screenshot of each wanted page in each size, signed in as a leader."""
    SHOTS.mkdir(exist_ok=True)
    with chromium() as browser:
        for size in sizes:
            context = signed_in(browser, url, "lanhdao", size)
            for page_id in wanted:
                page = context.new_page()
                page.goto(f"{url}/{'' if page_id == 'home' else page_id}")
                settle(page)
                path = SHOTS / f"{page_id.split('?')[0]}_{size}.png"
                page.screenshot(path=path)
                print(path.relative_to(ROOT))
                page.close()
            context.close()


def main() -> None:
    """Shoot the pages named on the command line, or all, over the data at hand."""
    words = sys.argv[1:]
    sizes = [w for w in words if w in SIZES] or list(SIZES)
    wanted = [w for w in words if w not in SIZES] or [p.id for p in all_pages()]
    if not (settings().data_dir / "ioc.db").exists() and not settings().database_url:
        from data_access.migrate import migrate
        from services.demo.runner import demo

        migrate()
        demo("small")
    with tempfile.TemporaryDirectory() as folder, served(ROOT, Path(folder)) as server:
        shoot(server.url, wanted, sizes)


if __name__ == "__main__":
    os.environ.setdefault("IOC_ENV", "demo")
    main()
