"""Several small things that lie about are one violation."""

from datetime import UTC, datetime, timedelta
from itertools import count

from detector.filing import ScatteredSection
from detector.gathering import groups
from detector.look import Look, Sighting
from detector.places import RuleState, advance
from detector.rules import Rule
from detector.size import Size
from detector.violation import Change

START = datetime(2026, 1, 1, tzinfo=UTC)
SECTION = ScatteredSection(
    label="scattered_litter",
    pieces=3,
    piece_m2=0.1,
    piece_share=0.001,
    within_m=3,
    within_sizes=4,
)


def piece(x: float, y: float = 300.0) -> tuple[float, float, float, float]:
    return x, y, x + 12, y + 10


NEAR = [piece(100), piece(140), piece(180)]
BIG = (100.0, 280.0, 160.0, 330.0)


class Camera:
    def __init__(self):
        self.rule = Rule.model_validate(
            {
                "id": "kerb",
                "kind": "litter",
                "model": "litter",
                "classes": ["litter"],
                "dwell_s": 10,
                "clear_after_s": 20,
                "scattered": SECTION.model_dump(),
            }
        )
        self.state = RuleState("kerb")
        self.ids = (str(number) for number in count(1))
        self.events = []

    def over(self, times, *boxes):
        for at in times:
            seen = tuple(Sighting("litter", 0.9, box) for box in boxes)
            when = START + timedelta(seconds=at)
            look = Look("cam", when, "litter@1", 640, 480, seen, threshold=0.5)
            self.state, events = advance(self.rule, self.state, look, lambda: next(self.ids))
            self.events += [(at, e.change, e.violation.label) for e in events]

    def told(self, change):
        return [(at, label) for at, found, label in self.events if found is change]


def found(boxes):
    return list(groups(SECTION, boxes, [Size.of(box, 640, 480, None) for box in boxes]))


def test_a_chain_of_near_pieces_is_one_group():
    assert found(NEAR) == [[0, 1, 2]]
    assert found([piece(100), piece(140), piece(260)]) == []
    assert found([*NEAR, *(piece(x) for x in (400, 440, 480))]) == [[0, 1, 2], [3, 4, 5]]


def test_what_is_large_is_no_piece_and_few_are_no_group():
    assert found([BIG, *NEAR[:2]]) == []
    assert found(NEAR[:2]) == []


def test_what_was_suspected_of_single_pieces_goes_over_into_the_group():
    camera = Camera()
    camera.over([0, 2], *NEAR[:2])
    camera.over(range(4, 30, 2), *NEAR)
    assert camera.told(Change.WITHDRAWN) == [(4, "litter"), (4, "litter")]
    assert camera.told(Change.CONFIRMED) == [(14, "scattered_litter")]


def test_a_piece_that_is_filed_already_is_not_filed_again_with_its_neighbours():
    camera = Camera()
    camera.over(range(0, 14, 2), NEAR[1])
    camera.over(range(14, 60, 2), *NEAR)
    assert camera.told(Change.CONFIRMED) == [(10, "litter")]
    assert camera.told(Change.CLEARED) == []


def test_a_filed_group_is_there_as_long_as_one_piece_is():
    camera = Camera()
    camera.over(range(0, 20, 2), *NEAR)
    camera.over(range(20, 80, 2), NEAR[2])
    assert camera.told(Change.CLEARED) == []
    assert len(camera.told(Change.APPEARED)) == 1
    camera.over(range(80, 120, 2))
    assert camera.told(Change.CLEARED) == [(100, "scattered_litter")]


def test_a_heap_with_pieces_about_it_is_a_heap():
    camera = Camera()
    heap = (130.0, 280.0, 180.0, 320.0)
    about = [piece(100), piece(150, 325), piece(190), piece(120, 325)]
    camera.over(range(0, 30, 2), heap, *about)
    assert camera.told(Change.CONFIRMED) == [(10, "litter")]


def test_a_heap_beside_the_pieces_is_one_of_its_own():
    camera = Camera()
    heap = (400.0, 280.0, 460.0, 330.0)
    camera.over(range(0, 20, 2), *NEAR, heap)
    assert sorted(camera.told(Change.CONFIRMED)) == [(10, "litter"), (10, "scattered_litter")]
