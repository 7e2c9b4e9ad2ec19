"""The entries of a recipe's mix: what each `kind` draws from, and how much of it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SHIPPED_SPRITES = Path(__file__).parent / "scenes" / "sprites"


class Part(BaseModel):
    """Base of a recipe's parts: closed and immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Marked(Part):
    """Pictures with boxes.

    Attributes:
        source: a folder in YOLO format below the recipe's `data`; `from` in the file.
        split: the folder below `images/` and `labels/`.
        only: how the names of the pictures wanted begin.
        leave_out: names not wanted.
    """

    source: str = Field(alias="from")
    split: str = "train"
    only: str = ""
    leave_out: tuple[str, ...] = ()


class Pictures(Marked):
    """Whole pictures, as often as `repeat` says; `count` takes so many of them, drawn."""

    kind: Literal["pictures"]
    repeat: int = Field(1, ge=1)
    count: int | None = Field(None, ge=1)


class Tiles(Marked):
    """Squares cut from pictures, enlarged `zoom` times: small things must not be shrunk.

    Attributes:
        zoom: how much larger than in the picture things are; the camera's picture must be read
            enlarged likewise.
        around: share of pictures with something in them that also give a tile without.
        empty: share of pictures with nothing in them that give a tile.
        visible: share of a box that must be inside a tile to count; less is greyed out.
    """

    kind: Literal["tiles"]
    zoom: float = Field(1.0, gt=0)
    around: float = Field(0.25, ge=0, le=1)
    empty: float = Field(0.5, ge=0, le=1)
    visible: float = Field(0.5, gt=0, le=1)


class Sheets(Marked):
    """Sheets of `across` by `across` pictures, since things in a street are smaller."""

    kind: Literal["sheets"]
    count: int = Field(ge=1)
    across: int = Field(2, ge=2, le=4)


class Clean(Part):
    """Tiles from a folder of pictures, or of clips, that hold nothing to find.

    Attributes:
        folder: below the recipe's `data`.
        count: how many.
        only: what the pictures' names begin with.
        names: these alone, without suffix: such as those in which an earlier stage was wrong.
        zoom: how much larger a tile is shown than it is in its picture.
        dim: share of the tiles as at dusk, by night, or by infrared lamps.
    """

    kind: Literal["clean"]
    folder: str
    count: int = Field(ge=1)
    only: str = ""
    names: tuple[str, ...] = ()
    zoom: float = Field(1.0, gt=0)
    dim: float = Field(0.0, ge=0, le=1)


class Rubbish(Part):
    """Cut-outs of rubbish on the tiles without litter that the entries above gave.

    Attributes:
        count: how many.
        seeds: first and last seed of the cut-outs; never a demo's.
        bystanders: likewise, of what stands in streets by right.
        covers: a YOLO folder of manhole covers, which are no litter.
        high: pixels, of a thing far off and of one near, give or take.
        dim: share of the pictures as at dusk, by night, or by infrared lamps.
    """

    kind: Literal["rubbish"]
    count: int = Field(ge=1)
    seeds: tuple[int, int]
    bystanders: tuple[int, int]
    covers: str | None = None
    sprites: str | None = None
    high: tuple[float, float] = (20.0, 120.0)
    dim: float = Field(0.0, ge=0, le=1)


class Pasted(Marked):
    """Real things cut from their pictures and laid into other streets of the same source.

    Attributes:
        count: how many pictures.
        zooms: one of these is drawn for each picture, as `Tiles` has it.
        also: how the names of further pictures begin that are no streets, such as bags before a
            lens: their things are laid in, too, as large as their place makes them.
        also_share: of the things laid, so many are from those.
        decoys: patches of bare street for each thing, on average.
    """

    kind: Literal["pasted"]
    count: int = Field(ge=1)
    zooms: tuple[Annotated[float, Field(gt=0)], ...] = Field((1.0,), min_length=1)
    also: str | None = None
    also_share: float = Field(0.25, ge=0, le=1)
    decoys: float = Field(0.5, ge=0, le=1)


class Covers(Marked):
    """Manhole covers cut from their pictures, laid small into streets.

    Attributes:
        count: how many pictures.
        plates: a folder of street pictures below `data`.
        plates_only: how the names of those wanted begin.
        broken: share of sound covers that are broken by drawing holes and cracks on them.
        wide: pixels across, of a cover far off and of one near, at the training picture's size.
        rubbish: first and last seed of cut-outs of rubbish that lie there too and are no covers;
            never a demo's.
        bystanders: likewise, of what stands in streets by right.
        plants: the seeds of further ones, such as planters, whose bushes are as dark as a hole.
        dim: share of the pictures as at dusk, by night, or by infrared lamps.
    """

    kind: Literal["covers"]
    count: int = Field(ge=1)
    plates: str
    plates_only: str = ""
    broken: float = Field(0.0, ge=0, le=1)
    wide: tuple[float, float] = (22.0, 110.0)
    rubbish: tuple[int, int] | None = None
    bystanders: tuple[int, int] | None = None
    plants: tuple[int, ...] = ()
    sprites: str | None = None
    dim: float = Field(0.0, ge=0, le=1)


class Vending(Part):
    """Stalls and vendors' vehicles put into street pictures.

    Attributes:
        count: how many pictures.
        plates: a folder of street pictures or clips below `data`.
        plates_only: how the names of those wanted begin.
        plates_leave_out: names not wanted.
        labels: the folder with the plates' own boxes, where they have some.
        pitch: smallest and largest angle that cut-outs are seen from, degrees.
        horizon: of the plates, as a share from the top; negative for a camera that looks down.
        empty: share of the pictures without vending.
        night: share darkened to night.
        close: share with one thing that fills most of the picture.
        market: share with several low stalls among people, who hide parts of them.
    """

    kind: Literal["vending"]
    count: int = Field(ge=1)
    plates: str
    plates_only: str = ""
    plates_leave_out: tuple[str, ...] = ()
    labels: str | None = None
    pitch: tuple[float, float] = (0.0, 90.0)
    horizon: float = 0.42
    empty: float = Field(0.25, ge=0, le=1)
    night: float = Field(0.2, ge=0, le=1)
    close: float = Field(0.15, ge=0, le=1)
    market: float = Field(0.0, ge=0, le=1)
    sprites: str | None = None


Entry = Annotated[
    Pictures | Tiles | Sheets | Clean | Rubbish | Pasted | Covers | Vending,
    Field(discriminator="kind"),
]
