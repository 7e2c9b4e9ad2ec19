"""A person says that the view of a camera that has moved is right as it is."""

from datetime import datetime

from api.schema.line import ConfirmView
from api.store.audit import Actor, note
from api.store.cameras import UnknownCamera
from api.store.engine import Store, retry_on_clash
from api.store.line_tables import CameraRow
from api.store.orders import put_order


@retry_on_clash
def ask_confirm_view(store: Store, camera_id: str, doer: Actor, now: datetime) -> None:
    """Have a camera's worker take the next picture for the view that counts.

    Raises:
        UnknownCamera: there is no such camera.
    """
    with store.writing() as session:
        camera = session.get(CameraRow, camera_id)
        if camera is None:
            raise UnknownCamera(f"there is no camera {camera_id}")
        put_order(session, camera.worker, ConfirmView(camera_id=camera_id), now)
        note(session, now, doer, "camera.confirm_view", camera_id, {})
