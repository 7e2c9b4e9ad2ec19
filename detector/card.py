"""The model card: what a model is, what it sees, and how well, in `models/<name>/card.yaml`."""

import hashlib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from detector.errors import CardInvalid, WeightsMismatch, WeightsMissing
from yamlfile import YamlFileError, load_yaml

CARD = "card.yaml"
SHA256 = r"^[0-9a-f]{64}$"

Side = Annotated[int, Field(gt=0, le=8192, multiple_of=32)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Name = Annotated[str, Field(min_length=1, max_length=64)]


class Closed(BaseModel):
    """Base of a card's parts: closed and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class InputSize(Closed):
    """The picture that the model takes, in pixels; both sides are multiples of 32."""

    width: Side
    height: Side


class Calibration(Closed):
    """How a class's scores are put onto the common scale, on which 0.25 is where to act.

    The log-odds of the score are stretched and shifted (Platt, "Probabilistic outputs for
    support vector machines", 1999), so the order of detections stays.

    Attributes:
        slope: what the log-odds are multiplied by.
        offset: what is added to them then.
    """

    slope: Annotated[float, Field(gt=0.0, le=10.0)] = 1.0
    offset: Annotated[float, Field(ge=-20.0, le=20.0)] = 0.0


class Rescoring(Closed):
    """A classifier that looks at each candidate of a detector, enlarged, and scores it anew.

    The new log-odds are a weighted sum of the detector's and the classifier's.

    Attributes:
        weights: the classifier's ONNX file, beside the card: a square crop, (batch, 3, side, side),
            RGB in 0..1, to log-odds, (batch, 1).
        sha256: of it, lower-case hex.
        side: of the crop as it is given, pixels.
        context: of the crop in the picture, in the longer sides of the candidate's box.
        smallest: of the same at least, pixels of the detector's input.
        candidates_from: the detector's own score from which on a candidate is looked at; the
            others are dropped.
        most: so many candidates of a picture are looked at, best first; the others are dropped.
        detector: the weight of the detector's log-odds.
        classifier: the weight of the classifier's.
        offset: what is added.
    """

    weights: Annotated[str, Field(min_length=1)]
    sha256: Annotated[str, Field(pattern=SHA256)]
    side: Side
    context: Annotated[float, Field(ge=1.0, le=8.0)]
    smallest: Annotated[int, Field(ge=8)]
    candidates_from: Annotated[float, Field(gt=0.0, lt=1.0)]
    most: Annotated[int, Field(ge=1, le=300)]
    detector: Annotated[float, Field(ge=0.0, le=10.0)]
    classifier: Annotated[float, Field(ge=0.0, le=10.0)]
    offset: Annotated[float, Field(ge=-20.0, le=20.0)] = 0.0

    @property
    def label(self) -> str:
        """Its file's name, for messages."""
        return self.weights

    @property
    def shapes(self) -> tuple[list[int | None], list[int | None]]:
        """What the weights take and give; a side that may differ is None."""
        return [None, 3, self.side, self.side], [None, 1]


class ModelCard(Closed):
    """A model's card.

    Attributes:
        name: the model's name, which is also its folder's.
        version: of the weights; `name@version` goes into every report.
        kind: the catalogue's class of violation that it finds.
        weights: the ONNX file's name, beside the card.
        sha256: of the weights, lower-case hex.
        int8: the files of the variant in 8 bits for OpenVINO, an XML and a BIN beside the card,
            each with its SHA-256; empty where there is none.
        int8_loss: what it loses, as measured.
        architecture: for the reader, such as `yolo26n`.
        input: the picture that the model takes.
        second_pass: for the reader: the share to which the network itself reduces its input to look
            a second time; None where it looks once.
        output: `raw` is (batch, 4 + classes, N), centre boxes, wanting suppression of doubles;
            `end2end` is (batch, N, 6), corner boxes with score and class, already suppressed.
        classes: class names, in the order of the model's class numbers.
        rescoring: how candidates are scored anew before `calibration`; None where they are not.
        threshold: the score from which on a detection counts.
        calibration: by class name; a class that is not named keeps the model's own scores.
        nms_iou: overlap above which the weaker of two boxes of one class is dropped (raw only).
        nms_inside: share of the smaller of two such boxes that lies in the other, above which the
            weaker is dropped at the last, too: a heap is found once, whole or in part (raw only).
        cadence_s: how often to look when nothing is suspected, seconds.
        licence: of the weights.
        training: how it came about, free.
        metrics: what was measured, free.
        apart: likewise, in less light (`bench.apart`).
        notes: what a user must know.
    """

    name: Name
    version: Annotated[str, Field(min_length=1, max_length=32)]
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    weights: Annotated[str, Field(min_length=1)]
    sha256: Annotated[str, Field(pattern=SHA256)]
    int8: dict[str, Annotated[str, Field(pattern=SHA256)]] = {}
    int8_loss: dict[str, Any] = {}
    architecture: str
    input: InputSize
    second_pass: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    output: Literal["raw", "end2end"]
    classes: Annotated[tuple[Name, ...], Field(min_length=1)]
    rescoring: Rescoring | None = None
    threshold: Annotated[float, Field(gt=0.0, lt=1.0)]
    calibration: dict[str, Calibration] = {}
    nms_iou: Share = 0.7
    nms_inside: Share = 1.0
    cadence_s: Annotated[float, Field(gt=0.0)]
    licence: str
    training: dict[str, Any] = {}
    metrics: dict[str, Any] = {}
    apart: dict[str, Any] = {}
    notes: str = ""

    @field_validator("version", mode="before")
    @classmethod
    def _version_is_text(cls, value: object) -> object:
        # YAML reads an unquoted 1.0 as a number, and 1.10 as 1.1: only quotes keep it.
        if isinstance(value, int | float):
            raise ValueError(f'write it in quotes: "{value}"')  # noqa: TRY004 - pydantic's way
        return value

    @field_validator("weights")
    @classmethod
    def _weights_lie_beside(cls, value: str) -> str:
        if Path(value).name != value:
            raise ValueError("write the file's name alone; weights lie beside their card")
        return value

    @field_validator("classes")
    @classmethod
    def _classes_differ(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in value if value.count(name) > 1})
        if twice:
            raise ValueError(f"each class needs a name of its own; twice: {', '.join(twice)}")
        return value

    @model_validator(mode="after")
    def _calibration_is_of_its_classes(self) -> Self:
        strange = sorted(set(self.calibration) - set(self.classes))
        if strange:
            raise ValueError(
                f"`calibration` names {', '.join(strange)}, which is none of `classes`"
            )
        return self

    @property
    def label(self) -> str:
        """`name@version`, as reports carry it."""
        return f"{self.name}@{self.version}"

    @property
    def shapes(self) -> tuple[list[int | None], list[int | None]]:
        """What the weights take and give; a side that may differ is None."""
        gives: list[int | None] = [None, None, 6]
        if self.output == "raw":
            gives = [None, 4 + len(self.classes), None]
        return [None, 3, self.input.height, self.input.width], gives


def shipped_models() -> dict[str, Path]:
    """The models that come with the program, name to folder."""
    try:
        root = resources.files("models")
    except ModuleNotFoundError:
        return {}
    folders = [Path(str(entry)) for entry in root.iterdir() if (entry / CARD).is_file()]
    return {folder.name: folder for folder in sorted(folders)}


def find_model(name_or_path: str | Path) -> Path:
    """Find a model's folder: taken first as a path, then as the name of a shipped model.

    Args:
        name_or_path: a folder that holds a card, the card itself, or a shipped model's name.

    Raises:
        CardInvalid: there is neither.
    """
    path = Path(name_or_path)
    if path.is_file() and path.name == CARD:
        return path.parent
    if (path / CARD).is_file():
        return path
    shipped = shipped_models()
    if str(name_or_path) in shipped:
        return shipped[str(name_or_path)]
    if path.is_dir():
        raise CardInvalid(f"{path}: there is no {CARD} in this folder; name a model's folder")
    known = ", ".join(shipped) or "none"
    raise CardInvalid(f"{name_or_path}: neither a model's folder nor a shipped model ({known})")


def load_card(folder: Path) -> ModelCard:
    """Read and check the card in a model's folder.

    Raises:
        CardInvalid: it is missing, no YAML, or breaks the schema; the message names file, line,
            key and fix.
    """
    try:
        return load_yaml(folder / CARD, ModelCard)
    except YamlFileError as error:
        raise CardInvalid(str(error)) from error


def verify_weights(folder: Path, card: ModelCard) -> Path:
    """Check that the weights are there and are the ones that the card speaks of, in all stages.

    Returns:
        The path of the detector's.

    Raises:
        WeightsMissing: there is no such file.
        WeightsMismatch: its SHA-256 is not the card's.
    """
    if card.rescoring is not None:
        verify_file(folder, card.rescoring.weights, card.rescoring.sha256)
    return verify_file(folder, card.weights, card.sha256)


def verify_int8(folder: Path, card: ModelCard) -> Path | None:
    """Check the same of the variant in 8 bits.

    Returns:
        The path of its XML; None where the card has no such variant.

    Raises:
        WeightsMissing: one of its files is not there.
        WeightsMismatch: one of them is not the one that the card speaks of.
    """
    paths = [verify_file(folder, name, digest) for name, digest in card.int8.items()]
    return next((path for path in paths if path.suffix == ".xml"), None)


def verify_file(folder: Path, name: str, digest: str) -> Path:
    """Check that a file lies beside a card and has the SHA-256 that the card gives.

    Returns:
        The file's path.

    Raises:
        WeightsMissing: there is no such file.
        WeightsMismatch: its SHA-256 is another.
    """
    path = folder / name
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise WeightsMissing(
            f"{path}: the card names these weights, but they are not there; "
            f"fetch them again, or correct `weights` in {folder / CARD}"
        ) from error
    except OSError as error:
        raise WeightsMissing(f"{path}: cannot be read: {error.strerror}") from error
    if found != digest:
        raise WeightsMismatch(
            f"{path}: SHA-256 is {found}, but the card says {digest}; fetch the weights "
            f"again, or, if you changed them yourself, write the new hash and a new version "
            f"into {folder / CARD}"
        )
    return path
