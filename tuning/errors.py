"""What can go wrong in training and export."""


class TrainingError(Exception):
    """Training cannot start or go on; the message names the cause and the fix."""
