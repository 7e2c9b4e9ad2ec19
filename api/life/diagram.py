"""Draws the machine into a document: `python -m api.life.diagram docs/case-life.md`.

The text between the two marks is made from the table alone, so the document cannot say other.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from api.life.machine import AT_DEPARTMENT, REGISTERED, RULES, UNREGISTERED, Rule
from api.life.words import STATE_NAMES
from api.schema.life import CaseStatus

BEGIN = "<!-- made by: python -m api.life.diagram docs/case-life.md -->"
END = "<!-- end of what is made -->"

_BOXES = {
    "unregistered": ("立案前 before registration", UNREGISTERED),
    "registered": ("立案后 registered", REGISTERED),
    "department": ("在处置部门 with the department", AT_DEPARTMENT),
}


def flowchart() -> str:
    """The states and what leads from one to another, as Mermaid has it.

    A line of the table that holds in all states of a box is one arrow from the box. What leaves a
    case where it is, is in the list of actions alone.
    """
    lines = ["flowchart TD", '  birth(("·"))']
    lines += _box("unregistered", UNREGISTERED)
    lines += _box("registered", REGISTERED - AT_DEPARTMENT, inner="department")
    lines += [_node(state) for state in CaseStatus if state not in UNREGISTERED | REGISTERED]
    arrows: defaultdict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for rule in RULES:
        for start, end in _arrows(rule):
            arrows[start, end, rule.by_itself].append(rule.name_zh)
    for (start, end, by_itself), names in arrows.items():
        arrow = "-.->" if by_itself else "-->"
        lines.append(f"  {start} {arrow}|{'、'.join(names)}| {end}")
    return "\n".join(lines)


def _box(name: str, states: frozenset[CaseStatus], inner: str = "") -> list[str]:
    lines = [f'  subgraph {name}["{_BOXES[name][0]}"]']
    lines += [f"  {_node(state)}" for state in CaseStatus if state in states]
    if inner:
        lines += [f"  {line}" for line in _box(inner, _BOXES[inner][1])]
    return [*lines, "  end"]


def _node(state: CaseStatus) -> str:
    zh, _ = STATE_NAMES[state]
    return f'  {state.value}["{zh}<br>{state.value}"]'


def _arrows(rule: Rule) -> Iterable[tuple[str, str]]:
    if rule.after is None:
        return []
    if not rule.before:
        return [("birth", rule.after.value)]
    for name, (_, states) in _BOXES.items():
        if rule.before == states:
            return [(name, rule.after.value)]
    starts = (state for state in CaseStatus if state in rule.before)
    return [(state.value, rule.after.value) for state in starts]


def table() -> str:
    """Every action: from where, to where, by whom, with what, and which event tells of it."""
    lines = [
        "| action | 名称 | from | to | who | fields | event |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for rule in RULES:
        who = ", ".join(sorted(rule.who)) + (", not who did the work" if rule.independent else "")
        by_itself = " (by itself)" if rule.by_itself else ""
        after = "stays" if rule.after is None else f"`{rule.after.value}`"
        cells = [
            f"`{rule.action.value}`",
            rule.name_zh,
            _from(rule),
            after,
            who + by_itself,
            ", ".join(_fields(rule)),
            f"`{rule.event}`",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _from(rule: Rule) -> str:
    if not rule.before:
        return "nothing"
    if rule.before == frozenset(CaseStatus):
        return "everywhere"
    names = []
    rest = rule.before
    for name in ("unregistered", "registered", "department"):
        states = _BOXES[name][1]
        if states <= rest:
            names.append(f"*{name}*")
            rest -= states
    names += [f"`{state.value}`" for state in CaseStatus if state in rest]
    return ", ".join(names)


def _fields(rule: Rule) -> list[str]:
    own = {name: field for name, field in rule.takes.model_fields.items() if name != "by"}
    return [f"**{name}**" if field.is_required() else name for name, field in own.items()]


def document_with(text: str) -> str:
    """A document with the part between its marks made anew.

    Raises:
        ValueError: it has no such part.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no part between {BEGIN!r} and {END!r}")
    made = f"```mermaid\n{flowchart()}\n```\n\n{table()}"
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


def main(path: Path) -> None:
    """Write the document anew."""
    path.write_text(document_with(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
