"""What can go wrong with a model.

    DetectorError
    ├── CardInvalid       card.yaml is missing, unreadable, or breaks its schema
    ├── WeightsMissing    the card names weights that are not there
    ├── WeightsMismatch   the weights' SHA-256 is not the card's
    └── ModelUnusable     the engine cannot load the weights, or their shape is not the card's
"""


class DetectorError(Exception):
    """A model that cannot be used; the message names file, key and fix."""


class CardInvalid(DetectorError):
    """card.yaml is missing, unreadable, or breaks its schema."""


class WeightsMissing(DetectorError):
    """The card names weights that are not there."""


class WeightsMismatch(DetectorError):
    """The weights' SHA-256 is not the card's."""


class ModelUnusable(DetectorError):
    """The engine cannot load the weights, or their shape is not the card's."""
