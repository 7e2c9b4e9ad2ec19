"""What a limit is counted in."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Unit(StrEnum):
    """The four clocks of 数字城管, as GB/T 30428.8 and the deployed systems after it count."""

    URGENT_HOUR = "urgent_hour"
    """紧急工作时: an hour of the day and night."""
    WORK_HOUR = "work_hour"
    """工作时: an hour of the district's working hours."""
    WORK_DAY = "work_day"
    """工作日: so many 工作时 as the district's day has, eight by default."""
    NATURAL_DAY = "natural_day"
    """自然日: 24 hours of the day and night."""

    @property
    def works(self) -> bool:
        """Whether it counts working hours alone."""
        return self in (Unit.WORK_HOUR, Unit.WORK_DAY)


_NAMES = {
    Unit.URGENT_HOUR: ("紧急工作时", "urgent hour"),
    Unit.WORK_HOUR: ("工作时", "working hour"),
    Unit.WORK_DAY: ("工作日", "working day"),
    Unit.NATURAL_DAY: ("自然日", "calendar day"),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take, such as two 紧急工作时.

    Attributes:
        amount: greater than zero; a part of an hour is allowed, so 30 minutes are half an hour.
        unit: the clock it is counted on.
    """

    amount: Decimal
    unit: Unit

    def __post_init__(self) -> None:
        if not self.amount.is_finite() or self.amount <= 0:
            raise ValueError(f"a limit of {self.amount}: give a number greater than zero")

    @property
    def label_zh(self) -> str:
        """As the field writes it: `2紧急工作时`; minutes below an urgent hour: `30分钟`."""
        minutes = self._minutes()
        if minutes is not None:
            return f"{minutes}分钟"
        return f"{_plain(self.amount)}{_NAMES[self.unit][0]}"

    @property
    def label_en(self) -> str:
        """The same in English: `2 urgent hours`, `30 min`."""
        minutes = self._minutes()
        if minutes is not None:
            return f"{minutes} min"
        plural = "" if self.amount == 1 else "s"
        return f"{_plain(self.amount)} {_NAMES[self.unit][1]}{plural}"

    def _minutes(self) -> str | None:
        if self.unit is Unit.URGENT_HOUR and self.amount < 1:
            return _plain(self.amount * 60)
        return None


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
