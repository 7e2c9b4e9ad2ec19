"""Takes the pictures of the operators' guide, from a running demo.

    five-chief demo --port 8000                      # in one terminal, until its first case
    .venv/bin/python page/guide_pictures.py http://127.0.0.1:8000

They go to public/guide/ and come with the next build.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page, ViewportSize, sync_playwright

FOLDER = Path(__file__).parent / "public" / "guide"
CHROMIUM = "/usr/bin/chromium"
SIZE = ViewportSize(width=1280, height=800)
QUALITY = 80
VIEWS = {
    "cameras": "cameras",
    "camera": "cameras/demo-street",
    "map": "map",
    "cases": "cases",
    "case": "cases/1",
    "figures": "figures",
}


def main() -> None:
    """Walk through the views, a picture each."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    url = sys.argv[1]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(locale="zh-CN", viewport=SIZE).new_page()
        page.goto(f"{url}/shift/")
        page.locator("[data-name=operator]").click()
        page.get_by_label("值班员姓名").fill("王芳")
        page.keyboard.press("Enter")
        page.wait_for_timeout(3000)
        keep(page, "alerts")
        page.keyboard.press("d")
        page.wait_for_timeout(500)
        keep(page, "dismiss")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        page.wait_for_timeout(500)
        keep(page, "keys")
        for name, address in VIEWS.items():
            page.goto(f"{url}/shift/{address}")
            page.wait_for_timeout(3000)
            keep(page, name)
        browser.close()


def keep(page: Page, name: str) -> None:
    """Keep what is seen, as WebP."""
    picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise SystemExit(f"{name}: the browser's picture cannot be read")
    coded = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])[1]
    (FOLDER / f"{name}.webp").write_bytes(coded.tobytes())


if __name__ == "__main__":
    main()
