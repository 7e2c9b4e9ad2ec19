"""What the line to the API asks of those that run the cameras."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from detector.pipeline import Pipeline
from detector.scene import SceneView
from detector.violation import Box
from streams.encoded import Group
from workers.picture import Picture
from workers.setup import CameraSetup

UsePicture = Callable[[Picture, Pipeline, SceneView], None]


class CameraControl(Protocol):
    """The cameras of a worker; safe to call from any thread."""

    def setups(self) -> Sequence[CameraSetup]:
        """What runs now."""
        ...

    def apply_config(self, setup: CameraSetup) -> None:
        """Run a camera by this setup, in place of what it ran by before; others go on untouched.

        Raises:
            ConfigRefused: it cannot be run; the camera goes on as before.
        """
        ...

    def drop(self, camera_id: str) -> None:
        """Watch a camera no more; what it reported is sent all the same."""
        ...

    def next_picture(self, camera_id: str, use: UsePicture) -> None:
        """Hand the camera's next keyframe to `use`, in the thread that judges its pictures."""
        ...

    def newest(self, camera_id: str) -> Group | None:
        """The camera's newest keyframe with all that came since, undecoded; None without one."""
        ...

    def dismiss(
        self, camera_id: str, violation_id: str, rule_id: str, box: Box, at: datetime
    ) -> None:
        """Close a violation, and open none in its place for as long as its rule says.

        Raises:
            OSError, sqlite3.Error: it cannot be remembered; nothing was changed.
        """
        ...

    def remember(self, camera_id: str, violation_id: str, *, counts: bool) -> None:
        """Let a dismissal count no more, or again.

        Raises:
            OSError: the disk refuses it.
        """
        ...

    def confirm_view(self, camera_id: str) -> None:
        """The camera's view is right as it is: what it shows next is what later pictures must fit.

        Raises:
            OSError: the disk refuses it.
        """
        ...

    def why_no_picture(self, camera_id: str) -> str | None:
        """Why the camera gives no picture now; None when it does."""
        ...
