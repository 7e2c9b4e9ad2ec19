"""Clips and pictures of our own: a street is rendered in layers, then composed into a film.

Rendering needs `bpy` (imported only inside the functions that render); the geometry, the
composing and the encoding need numpy, OpenCV and PyAV alone.
"""
