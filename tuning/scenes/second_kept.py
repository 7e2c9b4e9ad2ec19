"""Makes the second set of clips kept aside: `python -m tuning.scenes.second_kept configs/kept2`.

As `kept`, in other streets (`second_streets`) and other lights: rendered after what the first set
had shown was mended, and scored once, by a release that was then left as it was.
"""

from collections.abc import Sequence

from tuning import lens_faults as lens
from tuning.scenes.kept import HALT_S, Boxes, make
from tuning.scenes.second_streets import second_streets
from tuning.scenes.stories import Lens, Stands, Story, There
from tuning.truth import TrueEvent

_BY = "python -m tuning.scenes.second_kept"
_NOON, _DRIZZLE, _LAMPLIT = (
    "2026-06-04T11:30:00+08:00",
    "2026-06-04T15:10:00+08:00",
    "2026-06-04T21:40:00+08:00",
)


def second_stories(boxes: Boxes) -> dict[str, list[Story]]:
    """What happens in each street, by its name; `boxes`: where each thing is seen, pixels."""
    streets = second_streets()

    def case(street: str, thing: str, since: float, until: float | None = None) -> TrueEvent:
        kind = streets[street].things[thing].kind
        return TrueEvent(what=kind, box=boxes[street][thing], begin=since, end=until)

    return {
        "noon": [
            Story(
                "noon-heap", "bags in a high sun; a bus stops before them, a cloud passes", 1100,
                (There("heap", 40), Stands(HALT_S, 700, 800), Lens(lens.darker(0.55), 300, 420)),
                (case("noon", "heap", 40),), start=_NOON,
            ),
            Story(
                "noon-stand", "a seller comes, and goes after ten minutes", 820,
                (There("stand", 50, 650),), (case("noon", "stand", 50, 650),),
                step_s=10.0, start=_NOON,
            ),
            Story(
                "noon-hole", "a cover is taken away, and put back", 300,
                (There("hole", 40, 220),), (case("noon", "hole", 40, 220),),
                step_s=4.0, start=_NOON,
            ),
            Story(
                "noon-parked", "a tricycle without goods is parked for ten minutes", 640,
                (There("parked", 20, 620),), step_s=10.0, start=_NOON,
            ),
            Story(
                "noon-quiet", "nothing happens in twenty minutes; the camera shakes for five", 1200,
                (Lens(lens.shaken(0.006), 300, 600),), start=_NOON,
            ),
        ],
        "drizzle": [
            Story(
                "drizzle-torn", "a torn bag and a carton; drops on the lens for four minutes", 1100,
                (There("torn", 20), Lens(lens.drops(70), 400, 640)),
                (case("drizzle", "torn", 20),), start=_DRIZZLE,
            ),
            Story(
                "drizzle-stand", "a seller stays; the worker starts anew", 640,
                (There("stand", 30),), (case("drizzle", "stand", 30),),
                step_s=10.0, start=_DRIZZLE, restarts=(205.0,), gaps=((200, 215),),
            ),
            Story(
                "drizzle-cart", "a handcart sells for eleven minutes", 760,
                (There("cart", 30, 690),), (case("drizzle", "cart", 30, 690),),
                step_s=10.0, start=_DRIZZLE,
            ),
            Story(
                "drizzle-halts", "the same handcart halts for two minutes, twice", 600,
                (There("cart", 40, 160), There("cart", 400, 520)), step_s=10.0, start=_DRIZZLE,
            ),
            Story(
                "drizzle-aside", "a cover lies half beside its hole", 300,
                (There("hole", 40),), (case("drizzle", "hole", 40),), step_s=4.0, start=_DRIZZLE,
            ),
            Story(
                "drizzle-van", "a shut van is parked for ten minutes, somebody beside it", 640,
                (There("van", 20, 620),), step_s=10.0, start=_DRIZZLE,
            ),
        ],
        "lamplit": [
            Story(
                "lamplit-heap", "bags under the lamps; the camera switches to infrared", 1160,
                (There("heap", 40), Lens(lens.infrared, 800)),
                (case("lamplit", "heap", 40),), start=_LAMPLIT,
            ),
            Story(
                "lamplit-torn", "a torn bag by night; the camera is knocked aside for four minutes",
                1160,
                (There("torn", 40), Lens(lens.shifted(0.05, -0.02), 760, 1000)),
                (case("lamplit", "torn", 40),), start=_LAMPLIT,
            ),
            Story(
                "lamplit-hole", "a cover is gone by night, cars pass over it", 320,
                (There("hole", 40),), (case("lamplit", "hole", 40),), step_s=4.0, start=_LAMPLIT,
            ),
            Story(
                "lamplit-quiet", "nothing happens by night", 900, (), start=_LAMPLIT,
            ),
        ],
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Renders what is missing, and writes all clips with their truth."""
    make(second_streets(), second_stories, _BY, arguments)


if __name__ == "__main__":
    main()
