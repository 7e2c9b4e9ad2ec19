"""What can go wrong with a model, or with the rules on top of it.

DetectorError
├── CardInvalid       card.yaml is missing, unreadable, or breaks its schema
├── WeightsMissing    the card names weights that are not there
├── WeightsMismatch   the weights' SHA-256 is not the card's
├── ModelUnusable     the engine cannot load the weights, or their shape is not the card's
├── RuleInvalid       a rule asks for a model or a class that is not there
└── StateInvalid      a stored state that this version cannot read
"""


class DetectorError(Exception):
    """A model, rule or state that cannot be used; the message names file, key and fix."""


class CardInvalid(DetectorError):
    """card.yaml is missing, unreadable, or breaks its schema."""


class WeightsMissing(DetectorError):
    """The card names weights that are not there."""


class WeightsMismatch(DetectorError):
    """The weights' SHA-256 is not the card's."""


class ModelUnusable(DetectorError):
    """The engine cannot load the weights, or their shape is not the card's."""


class RuleInvalid(DetectorError):
    """A rule asks for a model or a class that is not there."""


class StateInvalid(DetectorError):
    """A stored state that this version cannot read."""
