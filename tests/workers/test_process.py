"""What a worker's process takes, and that it gives large blocks back."""

import subprocess
import sys

from workers.process import cpu_s, descriptors, resident_bytes

SCRIPT = """
import sys
from workers.process import resident_bytes, settle_allocator
if sys.argv[1] == "settled":
    settle_allocator()
del (bytearray(b"x") * 2**24)[:]  # by this glibc learns to keep blocks of this size
before, pictures, small = resident_bytes(), [], []
for number in range(40):
    pictures.append(bytearray(b"x") * (2 * 2**20))
    small.append(bytes([number]) * 1000)  # what is kept beyond each
most = resident_bytes() - before
pictures.clear()
print(most, resident_bytes() - before)
"""


def taken(how: str) -> tuple[int, int]:
    """Memory that forty pictures take, bytes, and what is left of it when they are gone."""
    out = subprocess.run(
        [sys.executable, "-c", SCRIPT, how], capture_output=True, text=True, check=True
    )
    most, left = out.stdout.split()
    return int(most), int(left)


def test_pictures_that_are_gone_leave_no_holes_behind() -> None:
    most, left = taken("settled")
    assert most > 75 * 2**20
    assert left < 4 * 2**20
    assert taken("as it is")[1] > 32 * 2**20  # without, most of it stays


def test_it_is_told_what_it_takes() -> None:
    assert cpu_s() > 0
    assert resident_bytes() > 10 * 2**20
    assert descriptors() >= 3
