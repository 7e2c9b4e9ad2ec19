"""The second look: a crop of a candidate at full resolution, and what it is, or nothing at all.

A detector sees a whole street at once; this sees one thing, large, and has learnt from what the
detectors wrongly take for theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator, model_validator

from detector.card import CARD, SHA256, Closed, InputSize, Name, Share, verify_file
from detector.crop import square
from detector.errors import CardInvalid
from detector.image import Image
from detector.runtime import Engine, Runtime, Sizes, load_runtime
from detector.violation import Box
from yamlfile import YamlFileError, load_yaml

NOTHING = "none"
"""The class of what is no candidate's business."""


class VerifierCard(Closed):
    """A verifier's card.

    Attributes:
        name: the verifier's name, which is also its folder's.
        version: of the weights; `name@version` goes into every report that it had a say in.
        weights: the ONNX file's name, beside the card.
        sha256: of the weights, lower-case hex.
        architecture: for the reader.
        input: the crop that it takes, a square.
        context: the crop's side, in the longer sides of the candidate's box.
        smallest: the crop's side at least, pixels of the picture.
        classes: what it tells apart; `none` is one of them.
        keep: by class, the least share that it and those like it must get together for the
            candidate to pass.
        alike: classes of which one bears the others out, each in one group at most: a stall that
            is taken for a vendor's cart is vending all the same.
        never_vetoed: classes that pass whatever it says.
        licence: of the weights.
        training: how it came about, free.
        metrics: what was measured, free.
        notes: what a user must know.
    """

    name: Name
    version: Annotated[str, Field(min_length=1, max_length=32)]
    weights: Annotated[str, Field(min_length=1)]
    sha256: Annotated[str, Field(pattern=SHA256)]
    architecture: str
    input: InputSize
    context: Annotated[float, Field(ge=1.0, le=4.0)]
    smallest: Annotated[int, Field(ge=8)]
    classes: Annotated[tuple[Name, ...], Field(min_length=2)]
    keep: dict[str, Share]
    alike: tuple[tuple[Name, ...], ...] = ()
    never_vetoed: tuple[Name, ...] = ()
    licence: str
    training: dict[str, Any] = Field(default_factory=dict)
    metrics: dict[str, Any] = Field(default_factory=dict)
    notes: str = ""

    @field_validator("classes")
    @classmethod
    def _none_is_one_of_them(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if NOTHING not in value:
            raise ValueError(f"`{NOTHING}` must be one of the classes")
        return value

    @model_validator(mode="after")
    def _names_are_its_classes(self) -> Self:
        grouped = (name for group in self.alike for name in group)
        strange = sorted({*self.keep, *self.never_vetoed, *grouped} - set(self.classes))
        if strange:
            raise ValueError(f"{', '.join(strange)}: none of `classes`")
        return self

    @property
    def label(self) -> str:
        """`name@version`, as reports carry it."""
        return f"{self.name}@{self.version}"

    def like(self, label: str) -> tuple[str, ...]:
        """The classes that bear a claim of this one out, itself among them."""
        return next((group for group in self.alike if label in group), (label,))

    @property
    def shapes(self) -> tuple[Sizes, Sizes]:
        """What the weights take and give; a side that may differ is None."""
        return [None, 3, self.input.height, self.input.width], [None, len(self.classes)]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the second look makes of a candidate.

    Attributes:
        passes: whether the candidate is let through.
        borne_out: the share of the class that was claimed and of those like it.
        shares: of each class, by name; they add up to 1.
    """

    passes: bool
    borne_out: float
    shares: dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Verifier:
    """A card and the engine that runs its weights."""

    card: VerifierCard
    runtime: Runtime

    def judge(self, image: Image, candidates: Sequence[tuple[str, Box]]) -> list[Opinion]:
        """Look at candidates once more.

        Args:
            image: the whole picture at full resolution, uint8, shape (H, W, 3), BGR.
            candidates: of each the detector's class, and corners in pixels.

        Returns:
            An opinion for each. A class that the card does not know always passes.
        """
        if not candidates:
            return []
        card = self.card
        crops = [crop(image, box, card) for _, box in candidates]
        shares = self.runtime.run(np.stack([to_input(one) for one in crops]))
        return [
            self._opinion(label, row) for (label, _), row in zip(candidates, shares, strict=True)
        ]

    def _opinion(self, label: str, row: npt.NDArray[np.float32]) -> Opinion:
        shares = {
            name: round(float(share), 4) for name, share in zip(self.card.classes, row, strict=True)
        }
        borne_out = sum(shares.get(name, 0.0) for name in self.card.like(label))
        free = label in self.card.never_vetoed or label not in self.card.keep
        return Opinion(free or borne_out >= self.card.keep[label], round(borne_out, 4), shares)


def crop(image: Image, box: Box, card: VerifierCard) -> Image:
    """What a verifier is shown of a candidate: uint8, shape (side, side, 3), BGR."""
    return square(image, box, card.context, card.smallest, card.input.width)


def to_input(picture: Image) -> npt.NDArray[np.float32]:
    """A crop as the weights take it: float32, shape (3, side, side), RGB in 0..1."""
    planes = picture[:, :, ::-1].transpose(2, 0, 1).astype(np.float32)
    scaled: npt.NDArray[np.float32] = planes / np.float32(255)
    return scaled


def load_verifier(folder: Path, engine: Engine = "auto", threads: int | None = None) -> Verifier:
    """Load a verifier: read its card, check its weights, start its engine.

    Args:
        folder: where its card lies.
        engine: see `detector.runtime.load_runtime`.
        threads: CPU threads for one run; None leaves it to the engine.

    Raises:
        CardInvalid: there is no card, or it is wrong.
        WeightsMissing: the card's weights are not there.
        WeightsMismatch: they are not the ones that the card speaks of.
        ModelUnusable: the engine cannot run them.
    """
    card = load_verifier_card(folder)
    weights = verify_file(folder, card.weights, card.sha256)
    return Verifier(card, load_runtime(weights, card, engine, threads))


def load_verifier_card(folder: Path) -> VerifierCard:
    """Read and check the card in a verifier's folder.

    Raises:
        CardInvalid: it is missing, no YAML, or breaks the schema; the message names file, line,
            key and fix.
    """
    try:
        return load_yaml(folder / CARD, VerifierCard)
    except YamlFileError as error:
        raise CardInvalid(str(error)) from error
