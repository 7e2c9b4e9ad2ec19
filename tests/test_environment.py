"""What watching cameras runs in: light, and without a screen."""

import subprocess
import sys
from importlib import metadata

import pytest


def installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


@pytest.mark.parametrize("heavy", ["torch", "ultralytics", "opencv-python"])
def test_neither_pytorch_nor_an_opencv_that_wants_libgl_is_installed(heavy: str) -> None:
    assert not installed(heavy)


def test_opencv_loads_no_libgl() -> None:
    code = "import cv2; print([l for l in open('/proc/self/maps') if 'libGL' in l])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_loads_no_room_before_a_subcommand_runs() -> None:
    rooms = "{'streams', 'detector', 'workers', 'api', 'tuning', 'cv2', 'av', 'fastapi'}"
    code = f"import sys, cli.main; print(sorted({rooms} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
