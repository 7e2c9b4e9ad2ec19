"""A simulated camera: serves recorded clips over real RTSP."""

from streams.simulator.server import Simulator
from streams.simulator.source import MountError, MountOptions

__all__ = ["MountError", "MountOptions", "Simulator"]
