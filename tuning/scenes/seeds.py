"""Which seeds make what is shown, and which make what is trained on. They never meet."""

from typing import Final

DEMO_SEEDS: Final = (7, 8)
"""The demo clips: the street with three violations, and the clean street."""

TRAINING_SEEDS: Final = tuple(range(1000, 1024))
"""Cut-outs of rubbish for training. A model that saw a demo's rubbish would prove nothing."""

BYSTANDER_SEEDS: Final = tuple(range(1024, 1048))
"""Cut-outs of what stands in streets and is no rubbish, for training to leave alone."""

VENDING_SEEDS: Final = tuple(range(2000, 2300))
"""Cut-outs of stalls and vendors' vehicles for training."""

INNOCENT_SEEDS: Final = tuple(range(3000, 3160))
"""Cut-outs of what fools a vending model: parked tricycles and vans, cafés, people, planters."""

KEPT_SEEDS: Final = (31, 32, 33)
"""The streets of the clips that are kept aside: no model learns from them, nothing is tuned on
them."""

SECOND_KEPT_SEEDS: Final = (41, 42, 43)
"""Likewise, of the second set: drawn after the first had been looked at and mended by."""
