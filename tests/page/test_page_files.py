"""The page's files, read as files: words complete, colours legible, nothing foreign or inline."""

import json
import re
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import get_args

import pytest

from api.clocks import Unit
from api.doors.sources import read_sources
from api.life.fields import SuspendGround
from api.life.machine import EVENTS, RULES
from api.schema import CameraHealth, CaseStatus, Report, SightingStatus, Verdict
from api.schema.camera_alerts import KNOWN_KINDS
from api.schema.compliance import Transfer
from api.schema.intake import CallbackAnswer
from api.schema.notices import NoticeView
from api.schema.timers import TimerView
from streams.errors import CameraError
from streams.health import FROZEN

PAGE = Path(__file__).parents[2] / "api" / "page"
CATALOGUES = {name: json.loads((PAGE / f"{name}.json").read_text()) for name in ("zh-CN", "en")}
SCRIPTS = {path.name: path.read_text() for path in sorted(PAGE.glob("*.js"))}
HTML = (PAGE / "index.html").read_text()
PLACEHOLDER = re.compile(r"\{(\w+)\}")


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
    "done.": values(Verdict),
    "field.": {name for rule in RULES for name in rule.takes.model_fields} - {"by"},
    "unit.": values(Unit),
    "ground.": values(SuspendGround),
    "sighting.": values(SightingStatus),
    "trouble.": reasons() | {FROZEN},
    "camera_alert.": set(KNOWN_KINDS),
    "camera.": literals(CameraHealth, "state") | {"unheard"},
    "source.": set(read_sources().sources),
    "clock.": literals(Report, "clock"),
    "picture.": {"earlier", "later", "latest"},
    "line.": {"connecting", "live", "lost", "locked"},
    "timer.": literals(TimerView, "state"),
    "notice.": literals(NoticeView, "state") | literals(NoticeView, "why") - {"", "duty"},
    "login_words.": {"key", "password", "first_run"},
    "login_way.": {"key", "password", "first_run"},
    "transfer.": literals(Transfer, "direction"),
    "callback.": values(CallbackAnswer),
    "theme.": {"auto", "light", "dark"},
    "reason.": {"shadow", "parked", "permitted", "goods"},
}


def used_keys() -> set[str]:
    code = "\n".join(SCRIPTS.values())
    spelt = {
        key
        for key in re.findall(r'"([a-z_]+\.[a-z_]+)"', code)
        if not key.startswith(("case.", "camera.alert"))
    }
    spelt |= set(re.findall(r'\bt\("([a-z]+)"', code))
    in_html = set(re.findall(r'data-i18n(?:-[a-z-]+)?="([^"]+)"', HTML))
    open_ended = set(re.findall(r"\bt\(`([a-z_]+\.)\$\{", code))
    assert open_ended == set(OPEN_ENDS)
    return spelt | in_html | {start + end for start, ends in OPEN_ENDS.items() for end in ends}


def test_the_page_listens_for_every_event_that_cases_make() -> None:
    assert tuple(re.findall(r'"(case\.\w+)"', SCRIPTS["stream.js"])) == EVENTS
    source = Path(__file__).parents[2] / "page" / "src" / "events.ts"
    assert tuple(re.findall(r'"(case\.\w+)"', source.read_text())) == EVENTS


def test_both_catalogues_have_the_same_keys() -> None:
    assert CATALOGUES["zh-CN"].keys() == CATALOGUES["en"].keys()


def test_every_key_in_use_is_in_the_catalogues_and_every_one_there_is_in_use() -> None:
    assert used_keys() == set(CATALOGUES["zh-CN"])


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize("reason", sorted(reasons()))
def test_each_reason_why_a_camera_fails_has_words(reason: str, language: str) -> None:
    words = CATALOGUES[language][f"trouble.{reason}"]
    assert words != reason
    assert bool(re.search(r"[\u4e00-\u9fff]", words)) == (language == "zh-CN")


def test_no_entry_is_empty_and_both_languages_fill_in_the_same_values() -> None:
    for key, chinese in CATALOGUES["zh-CN"].items():
        english = CATALOGUES["en"][key]
        assert chinese.strip(), key
        assert english.strip(), key
        assert set(PLACEHOLDER.findall(chinese)) == set(PLACEHOLDER.findall(english)), key


def test_scripts_never_make_markup_or_code_of_strings() -> None:
    for name, code in SCRIPTS.items():
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(", code
        ), name


def test_html_has_nothing_inline_and_no_file_loads_from_elsewhere() -> None:
    assert not re.search(r"<style|style=|<script>|\son[a-z]+=", HTML)
    texts = chain(SCRIPTS.values(), [HTML], (path.read_text() for path in PAGE.glob("*.css")))
    addresses = {address for text in texts for address in re.findall(r"https?://[^\"' )]+", text)}
    # The SVG namespace is a name, not an address that anything is fetched from.
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert not any("data:" in path.read_text() for path in PAGE.glob("*.css"))


def test_files_that_the_html_names_exist() -> None:
    for name in re.findall(r'"/page/([^"]+)"', HTML):
        assert (PAGE / name).is_file(), name


def test_no_file_outgrows_three_hundred_lines() -> None:
    long = {path.name for path in PAGE.iterdir() if len(path.read_text().splitlines()) > 300}
    assert not long


def themes() -> dict[str, dict[str, str]]:
    css = (PAGE / "tokens.css").read_text()
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
