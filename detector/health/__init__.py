"""How well a camera sees: what keeps its pictures from proving anything, and since when.

Pure: small pictures and times come in, readings go out; the state is JSON and a few small
pictures, which the caller keeps. `CameraHealth` (in `camera`) is the way in.
"""
