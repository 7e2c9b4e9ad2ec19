"""What runs in the background: one line a job."""

from api.background import Job

JOBS: tuple[Job, ...] = ()
