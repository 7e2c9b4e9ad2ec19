"""What runs on every site brings no package that only tools need."""

import subprocess
import sys


def test_a_worker_brings_none_of_the_tools_packages() -> None:
    code = (
        "import sys, workers.worker, detector.draw; "
        "print(*({'scipy', 'supervision', 'matplotlib', 'pandas', 'PIL'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert said.split() == []
