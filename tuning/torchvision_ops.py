"""A stand-in for torchvision where the installed one does not fit the installed PyTorch.

The package index serves torchvision built for CUDA; beside a CPU build of PyTorch its import ends
in "operator torchvision::nms does not exist". Detection needs `torchvision.ops.nms` alone, and
ultralytics has that in plain PyTorch. Register it before the first import of ultralytics.
"""

import importlib
import sys
from types import ModuleType


def register() -> bool:
    """Puts the stand-in in place where the real torchvision cannot be imported.

    Returns:
        Whether the stand-in was needed.

    Raises:
        ModuleNotFoundError: PyTorch or ultralytics is missing: run this in the training
            environment (`make tuning`).
    """
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError, OSError):
        _replace()
        return True
    return False


def _replace() -> None:
    for name in [n for n in sys.modules if n == "torchvision" or n.startswith("torchvision.")]:
        del sys.modules[name]  # a failed import leaves submodules behind
    package, ops = ModuleType("torchvision"), ModuleType("torchvision.ops")
    package.__path__ = []
    vars(package).update(ops=ops, __version__="0")
    sys.modules.update({"torchvision": package, "torchvision.ops": ops})
    from ultralytics.utils.nms import TorchNMS  # only now: its import looks for torchvision

    vars(ops)["nms"] = TorchNMS.nms
