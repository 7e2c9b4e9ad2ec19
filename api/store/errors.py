"""Why something cannot be done to a case."""

from api.life.standing import Refusal


class CaseError(Exception):
    """What was asked cannot be done to the case."""


class Conflict(CaseError):
    """The key is taken by other content, or the case stands differently."""


class UnknownCase(CaseError):
    """There is no such case, or no such violation."""


class Outdated(CaseError):
    """The case changed since the reader saw it."""


class UnknownStandard(CaseError):
    """There is no such filing condition."""


class UnknownPictures(CaseError):
    """A step names pictures that the case does not have."""


class NotAllowed(CaseError):
    """The table of the case's life does not let this actor do it now.

    Attributes:
        refusal: why, for programs.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.en)
        self.refusal = refusal


class BeingSettled(CaseError):
    """Somebody's verdict of it takes effect in some seconds.

    Attributes:
        by: whose.
    """

    def __init__(self, by: str) -> None:
        super().__init__(f"{by or 'somebody'} is settling it")
        self.by = by
