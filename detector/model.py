"""A model, ready to look at pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.card import ModelCard, find_model, load_card, verify_int8, verify_weights
from detector.decode import Rescore, decode
from detector.detections import Detections
from detector.errors import ModelUnusable
from detector.image import Image
from detector.letterbox import Fit, letterbox
from detector.rescoring import rescore
from detector.runtime import Engine, Precision, Runtime, load_runtime

Fitted = tuple[Image, Fit]
"""A model's input, uint8 (H, W, 3) BGR, and how the picture lies in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A card and the engine that runs its weights.

    Attributes:
        card: what the model is.
        runtime: runs the detector.
        classifier: runs the card's `rescoring`; None where it has none.
    """

    card: ModelCard
    runtime: Runtime
    classifier: Runtime | None = None

    @property
    def label(self) -> str:
        """`name@version`, as reports carry it."""
        return self.card.label

    def detect(self, images: Sequence[Image], threshold: float | None = None) -> list[Detections]:
        """Look at pictures, which may differ in size.

        Args:
            images: each uint8, shape (H, W, 3), BGR.
            threshold: boxes score above it; None takes the card's.

        Returns:
            For each picture its detections, best first, in its own pixels, with
            `data["class_name"]`.

        Raises:
            ModelUnusable: what the engine gives is not what the card says.
        """
        if not images:
            return []
        size = self.card.input
        limit = self.card.threshold if threshold is None else threshold
        return self.detect_fitted(
            [letterbox(image, size.width, size.height) for image in images],
            [limit] * len(images),
        )

    def detect_fitted(
        self, fitted: Sequence[Fitted], thresholds: Sequence[float]
    ) -> list[Detections]:
        """Look at pictures that have been brought to the model's size, one after another.

        Args:
            fitted: at least one, as `letterbox` gives them, for the card's input.
            thresholds: for each, the score that its boxes must exceed.

        Returns:
            As `detect`.

        Raises:
            ModelUnusable: what the engine gives is not what the card says.
        """
        found = []
        for (picture, fit), limit in zip(fitted, thresholds, strict=True):
            output = self.runtime.run(picture[None])
            self._check(output.shape)
            found.append(decode(output[0], self.card, fit, limit, self._rescore(picture)))
        return found

    def _rescore(self, picture: Image) -> Rescore | None:
        how, classifier = self.card.rescoring, self.classifier
        if how is None or classifier is None:
            return None
        return lambda boxes, scores: rescore(how, classifier, picture, boxes, scores)

    def _check(self, shape: tuple[int, ...]) -> None:
        # A model may leave its shapes open, so that they are only known now.
        side, wanted = (1, 4 + len(self.card.classes)) if self.card.output == "raw" else (2, 6)
        if len(shape) != 3 or shape[side] != wanted:
            raise ModelUnusable(
                f"{self.label}: its output has shape {shape}, which is not `{self.card.output}` "
                f"with {len(self.card.classes)} classes; correct the card"
            )


def load_model(
    name_or_path: str | Path,
    engine: Engine = "auto",
    threads: int | None = None,
    precision: Precision = "f32",
    streams: int = 1,
) -> Model:
    """Load a model: find it, read its card, check its weights, start its engine.

    Args:
        name_or_path: a model's folder, or the name of a shipped one.
        engine: see `detector.runtime.load_runtime`.
        threads: CPU threads for one run; None leaves it to the engine.
        precision: see `detector.runtime.load_runtime`.
        streams: how many runs are to go on at once.

    Raises:
        CardInvalid: no such model, or its card is wrong.
        WeightsMissing: the card's weights are not there.
        WeightsMismatch: they are not the ones that the card speaks of.
        ModelUnusable: the engine cannot run them.
    """
    folder = find_model(name_or_path)
    card = load_card(folder)
    weights = verify_weights(folder, card)
    if precision == "int8":
        reduced = verify_int8(folder, card)
        if reduced is None:
            raise ModelUnusable(
                f"{card.label}: its card has no variant in 8 bits; ask for f32 or bf16, or make "
                "one with `five-chief quantize`"
            )
        weights = reduced
    runtime = load_runtime(weights, card, engine, threads, precision, streams, pictures=True)
    if card.rescoring is None:
        return Model(card, runtime)
    file = folder / card.rescoring.weights
    finer: Precision = "f32" if precision == "int8" else precision
    classifier = load_runtime(file, card.rescoring, engine, threads, finer, streams, pictures=True)
    return Model(card, runtime, classifier)
