"""The four clocks that limits are counted on, and timers on them. Pure: time is an argument.

紧急工作时 and 自然日 run around the clock; 工作时 and 工作日 run in a district's working hours
alone, on days that its calendar calls working days, 调休 Saturdays included.
"""

from api.clocks.calendar import Day, WorkCalendar
from api.clocks.config import Clocks, Stage, clocks_of, read_clocks
from api.clocks.reckon import deadline, elapsed
from api.clocks.timer import Timer, TimerError, TimerState
from api.clocks.units import Limit, Unit

__all__ = [
    "Clocks",
    "Day",
    "Limit",
    "Stage",
    "Timer",
    "TimerError",
    "TimerState",
    "Unit",
    "WorkCalendar",
    "clocks_of",
    "deadline",
    "elapsed",
    "read_clocks",
]
