"""The page's files, read as files: words complete, colours legible, nothing foreign or inline."""

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import get_args

import pytest

from api.clocks import Unit
from api.doors.sources import read_sources
from api.life.fields import SuspendGround
from api.life.machine import EVENTS, RULES
from api.schema import CameraHealth, CaseStatus, Report, SightingStatus
from api.schema.camera_alerts import KNOWN_KINDS
from api.schema.compliance import Transfer
from api.schema.intake import CallbackAnswer
from api.schema.notices import NoticeView
from api.schema.timers import TimerView
from streams.errors import CameraError
from streams.health import FROZEN

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "page"
BUILT = ROOT / "api" / "shift"
TEXT = {".html", ".css", ".js", ".ts", ".vue"}
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def catalogue(language: str) -> dict[str, str]:
    files = (PAGE / "src" / "strings" / language).glob("*.json")
    return {key: words for file in files for key, words in json.loads(file.read_text()).items()}


CATALOGUES = {language: catalogue(language) for language in ("zh-CN", "en")}


def values(kind: type[StrEnum]) -> set[str]:
    return {member.value for member in kind}


def literals(model: type, field: str) -> set[str]:
    return set(get_args(model.model_fields[field].annotation))


def reasons(error: type[CameraError] = CameraError) -> set[str]:
    """The reason of this error, and of each kind of it."""
    return {error.reason}.union(*(reasons(kind) for kind in error.__subclasses__()))


# What a key that is put together at run time may end in.
OPEN_ENDS = {
    "status.": values(CaseStatus),
    "field.": {name for rule in RULES for name in rule.takes.model_fields} - {"by"},
    "unit.": values(Unit),
    "ground.": values(SuspendGround),
    "sighting.": values(SightingStatus),
    "trouble.": reasons() | {FROZEN},
    "camera_alert.": set(KNOWN_KINDS),
    "stands.": literals(CameraHealth, "state") | {"unheard"},
    "source.": set(read_sources().sources),
    "clock.": literals(Report, "clock"),
    "line.": {"connecting", "live", "lost", "locked"},
    "timer.": literals(TimerView, "state"),
    "notice.": literals(NoticeView, "state") | literals(NoticeView, "why") - {"", "duty"},
    "login_words.": {"key", "password", "first_run"},
    "login_way.": {"key", "password", "first_run"},
    "transfer.": literals(Transfer, "direction"),
    "callback.": values(CallbackAnswer),
    "theme.": {"auto", "light", "dark"},
}


def test_the_page_listens_for_every_event_that_cases_make() -> None:
    source = (PAGE / "src" / "events.ts").read_text()
    assert tuple(re.findall(r'"(case\.\w+)"', source)) == EVENTS


@pytest.mark.parametrize("language", CATALOGUES)
def test_whatever_the_server_may_say_has_words(language: str) -> None:
    wanted = {start + end for start, ends in OPEN_ENDS.items() for end in ends}
    assert wanted - CATALOGUES[language].keys() == set()


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize("reason", sorted(reasons()))
def test_each_reason_why_a_camera_fails_has_words(reason: str, language: str) -> None:
    words = CATALOGUES[language][f"trouble.{reason}"]
    assert words != reason
    assert bool(re.search(r"[\u4e00-\u9fff]", words)) == (language == "zh-CN")


def test_sources_never_make_markup_or_code_of_strings() -> None:
    for path in (PAGE / "src").rglob("*"):
        if path.suffix in TEXT:
            made = r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|v-html"
            assert not re.search(made, path.read_text()), path.name


@pytest.mark.parametrize("name", ["index.html", "guide/index.html"])
def test_html_has_nothing_inline_and_all_that_it_names_is_there(name: str) -> None:
    file = BUILT / name
    html = file.read_text()
    assert not re.search(r"<style|style=|<script>|\son[a-z]+=|https?://", html)
    for address in re.findall(r'(?:src|href)="([^"#]+)"', html):
        local = address.removeprefix("/shift/")
        found = BUILT / local if local != address else file.parent / address
        assert found.is_file(), address


def test_styles_load_nothing_from_elsewhere() -> None:
    for path in BUILT.rglob("*.css"):
        assert not re.search(r"https?://|@import", path.read_text()), path.name


def test_no_source_outgrows_three_hundred_and_fifty_lines() -> None:
    made = PAGE / "src" / "api" / "schema.d.ts"
    sources = [path for path in (PAGE / "src").rglob("*") if path.suffix in TEXT and path != made]
    assert {path.name for path in sources if len(path.read_text().splitlines()) > 350} == set()


def themes() -> dict[str, dict[str, str]]:
    css = (PAGE / "src" / "styles" / "tokens.css").read_text()
    blocks = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", body))
        for body in re.findall(r"\{([^{}]+)\}", css)
    ]
    light, dark_by_system, dark_by_choice = [block for block in blocks if block]
    assert dark_by_system == dark_by_choice
    assert dark_by_choice.keys() == light.keys()
    return {"light": light, "dark": dark_by_choice}


def luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXTS = [
    *(
        (text, ground)
        for text in ("text", "muted", "accent")
        for ground in ("surface", "raised", "ground")
    ),
    ("text", "selected"),
    ("danger", "surface"),
    *(
        (f"on-{ground}", ground)
        for ground in ("accent", "pending", "confirmed", "dismissed", "good", "danger")
    ),
]
SHAPES = [
    ("control", "surface"),
    ("control", "raised"),
    ("focus", "surface"),
    ("focus", "raised"),
    ("focus", "selected"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_reach_wcag_aa(theme: str) -> None:
    colours = themes()[theme]
    low = {pair: contrast(*(colours[name] for name in pair)) for pair in TEXTS}
    assert not {pair: ratio for pair, ratio in low.items() if ratio < 4.5}
    shapes = {pair: contrast(*(colours[name] for name in pair)) for pair in SHAPES}
    assert not {pair: ratio for pair, ratio in shapes.items() if ratio < 3}
