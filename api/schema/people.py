"""Who uses the system: what people may be, and what a key may be good for."""

from enum import StrEnum


class Role(StrEnum):
    """What a person does here; one person may have several."""

    OPERATOR = "operator"
    """操作员: watches the page, confirms and dismisses what the cameras see."""
    CLERK = "clerk"
    """坐席员: registers, dispatches, checks and closes cases."""
    CHIEF = "chief"
    """五长: one of the five chiefs; handles the cases of a place."""
    ENGINEER = "engineer"
    """工程师: tunes cameras, models and rules."""
    ADMIN = "admin"
    """管理员: people, keys, the audit; the one who looks after the server."""


class Scope(StrEnum):
    """What a key lets a program do; a key has one or more."""

    WORK = "work"
    """A worker: reports, sightings, heartbeats, its line to the API."""
    READ = "read"
    """Cases, what is watched, live alerts."""
    EVIDENCE = "evidence"
    """Original pictures and clips."""
    ACT = "act"
    """Move cases on, as a department's own system does."""
    INTAKE = "intake"
    """Bring in what others saw: vendor alarms, 12345 tickets, Open311 requests."""
    SUBSCRIBE = "subscribe"
    """Have events delivered."""
