"""What a camera has open, as a worker stores it to go on after a restart.

Version 1 knew neither looks that are not trusted nor where a candidate was at first; it is read,
and goes on as what it was.
"""

from dataclasses import dataclass, replace
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from detector.errors import StateInvalid
from detector.place import RuleState
from detector.violation import Violation


@dataclass(frozen=True, slots=True)
class CameraState:
    """Where a camera's rules stand.

    Attributes:
        camera_id: the camera.
        rules: one entry a rule that has looked; those of rules since removed are kept untouched.
        version: of this layout.
    """

    camera_id: str
    rules: tuple[RuleState, ...] = ()
    version: Literal[1, 2] = 2

    @property
    def open(self) -> tuple[Violation, ...]:
        """The open violations, candidates included."""
        return tuple(place.violation for rule in self.rules for place in rule.places)

    def of(self, rule: str) -> RuleState:
        """Where a rule stands; one that has never looked has nothing open."""
        return next((state for state in self.rules if state.rule == rule), RuleState(rule))

    def to_json(self) -> str:
        """The state as one line of JSON; `from_json` gives back an equal one."""
        return _ADAPTER.dump_json(self).decode()

    @staticmethod
    def from_json(text: str | bytes) -> "CameraState":
        """Read what `to_json` wrote.

        Raises:
            StateInvalid: it is damaged, or of another version.
        """
        try:
            return _brought_forward(_ADAPTER.validate_json(text))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole"
            raise StateInvalid(
                f"stored camera state cannot be read: {where}: {first['msg']}; "
                "it was written by another version, or is damaged: remove it to start afresh"
            ) from error


def _brought_forward(state: CameraState) -> CameraState:
    if state.version == 2:
        return state
    rules = tuple(replace(rule, judged_at=rule.last_look) for rule in state.rules)
    return replace(state, rules=rules, version=2)


_ADAPTER = TypeAdapter(CameraState)
