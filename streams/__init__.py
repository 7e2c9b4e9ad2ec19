"""From a camera, or a clip, to frames and packets."""
