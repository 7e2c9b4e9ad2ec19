"""The Blender side: puts parts and models on a stage and photographs it. Needs `bpy`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi, radians
from pathlib import Path
from typing import Any

import numpy as np

from tuning.scenes.assets import AssetError
from tuning.scenes.camera import Camera
from tuning.scenes.compose import DEPTH_SCALE
from tuning.scenes.materials import depth_material, make
from tuning.scenes.mesh import Array, Paint, Part

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc")
"""Noto Sans CJK, SIL Open Font Licence 1.1: the letters of the shop signs."""

Crop = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels of the whole picture."""


@dataclass(frozen=True, slots=True)
class Light:
    """What lights a scene.

    Attributes:
        sky: strength of the even light from above; 0.9 is an overcast noon, 0.02 a night.
        sun: strength of the sun, 0 for none.
        softness: degrees the sun is wide: 1 a clear sky, 30 haze.
        height: degrees of the sun over the horizon.
        azimuth: degrees it is turned about z; at 0 it stands on the -y side.
        tint: its colour, linear.
        lamps: places of bulbs, metres.
    """

    sky: float = 0.9
    sun: float = 2.2
    softness: float = 28.0
    height: float = 52.0
    azimuth: float = 0.0
    tint: tuple[float, float, float] = (1.0, 0.95, 0.86)
    lamps: tuple[tuple[float, float, float], ...] = ()


class Stage:
    """One Blender scene with a camera and an overcast sky."""

    def __init__(self, camera: Camera, *, threads: int, light: float = 1.0) -> None:
        import bpy

        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.scene = bpy.context.scene
        self._materials: dict[Paint, Any] = {}
        self._setup_render(threads)
        self.look_through(camera)
        self._setup_light(light)

    def look_through(self, camera: Camera) -> None:
        """Photographs are taken with this camera from now on."""
        import bpy

        self.camera = camera
        self.scene.render.resolution_x, self.scene.render.resolution_y = camera.size
        data = bpy.data.cameras.new("camera")
        data.sensor_fit = "HORIZONTAL"
        data.angle = radians(camera.view)
        data.clip_end = 200
        thing = bpy.data.objects.new("camera", data)
        thing.location = camera.position
        thing.rotation_euler = (pi / 2 - radians(camera.pitch), 0, -radians(camera.yaw))
        self.scene.collection.objects.link(thing)
        self.scene.camera = thing

    def add(self, parts: Sequence[Part], name: str = "parts") -> list[Any]:
        """Puts parts into the scene; returns their objects."""
        import bpy

        added = []
        for part in parts:
            mesh = bpy.data.meshes.new(name)
            mesh.from_pydata(part.vertices.tolist(), [], [list(f) for f in part.faces])
            mesh.materials.append(self._material(part.paint))
            mesh.polygons.foreach_set("use_smooth", np.full(len(mesh.polygons), part.smooth))
            mesh.update()
            added.append(self.place(mesh))
        return added

    def place(
        self,
        mesh: Any,
        at: tuple[float, float, float] = (0, 0, 0),
        angle: float = 0.0,
        scale: float = 1.0,
    ) -> Any:
        """Puts a loaded mesh into the scene, turned about z by `angle` radians."""
        import bpy

        thing = bpy.data.objects.new(mesh.name, mesh)
        thing.location = at
        thing.rotation_euler = (0, 0, angle)
        thing.scale = (scale, scale, scale)
        self.scene.collection.objects.link(thing)
        return thing

    def remove(self, thing: Any) -> None:
        """Takes an object out of the scene."""
        import bpy

        bpy.data.objects.remove(thing)

    def reshaped(self, mesh: Any, change: Callable[[Array], Array]) -> Any:
        """A copy of a mesh with its vertices, shape (n, 3), put through `change`."""
        copy = mesh.copy()
        flat = np.empty(len(copy.vertices) * 3, dtype=np.float32)
        copy.vertices.foreach_get("co", flat)
        new = change(flat.reshape(-1, 3).astype(np.float64))
        copy.vertices.foreach_set("co", new.astype(np.float32).ravel())
        copy.update()
        return copy

    def relight(self, light: Light) -> None:
        """Replaces the overcast sky that a stage starts with."""
        import bpy

        for old in [o for o in self.scene.objects if o.type == "LIGHT"]:
            bpy.data.objects.remove(old)
        self.scene.world.node_tree.nodes["Background"].inputs["Strength"].default_value = light.sky
        if light.sun:
            sun = self._shine("SUN", (0, 0, 9), light.sun, light.tint)
            sun.data.angle = radians(light.softness)
            sun.rotation_euler = (radians(90 - light.height), 0, radians(light.azimuth))
        for at in light.lamps:
            self._shine("POINT", at, 90.0, (1.0, 0.78, 0.5)).data.shadow_soft_size = 0.15

    def catch_shadows(self, things: Sequence[Any]) -> None:
        """Shows nothing of these objects but the shadows on them, as dark, clear film."""
        for thing in things:
            thing.is_shadow_catcher = True

    def hurry(self) -> None:
        """Trades a little cleanness for a third of the time: cut-outs end up small and blurred."""
        self.scene.cycles.denoising_quality = "FAST"
        self.scene.cycles.denoising_prefilter = "FAST"

    def hide_from_camera(self, things: Sequence[Any]) -> None:
        """Leaves objects out of the picture, but not out of its light."""
        for thing in things:
            thing.visible_camera = False

    def photograph_depth(self, target: Path) -> None:
        """Writes a 16-bit grey PNG: metres along the view times `DEPTH_SCALE`."""
        import bpy

        layer, image = self.scene.view_layers[0], self.scene.render.image_settings
        layer.material_override = depth_material(65535 / DEPTH_SCALE)
        settings = self.scene.view_settings
        kept = (settings.view_transform, settings.look, settings.exposure)
        settings.view_transform, settings.look, settings.exposure = "Raw", "None", 0.0
        image.color_depth = "16"
        self.scene.cycles.use_denoising = False
        self.photograph(target, samples=1)
        self.scene.cycles.use_denoising = True
        image.color_depth = "8"
        settings.view_transform, settings.look, settings.exposure = kept
        bpy.data.materials.remove(layer.material_override)

    def sign(self, text: str, at: tuple[float, float, float], height: float, paint: Paint) -> None:
        """Raised letters on a wall that faces -y; `at` is the middle of the line.

        Raises:
            AssetError: the font is not installed.
        """
        import bpy

        if not FONT.exists():
            raise AssetError(f"no font {FONT} for the shop signs: apt-get install fonts-noto-cjk")
        curve = bpy.data.curves.new("sign", "FONT")
        curve.body = text
        curve.font = bpy.data.fonts.load(str(FONT), check_existing=True)
        curve.size = height
        curve.extrude = 0.015
        curve.align_x, curve.align_y = "CENTER", "CENTER"
        curve.materials.append(self._material(paint))
        thing = bpy.data.objects.new("sign", curve)
        thing.location = at
        thing.rotation_euler = (pi / 2, 0, 0)
        self.scene.collection.objects.link(thing)

    def show(self, things: Sequence[Any], visible: bool) -> None:
        """Shows or hides objects in renders."""
        for thing in things:
            thing.hide_render = thing.hide_viewport = not visible

    def photograph(
        self, target: Path, *, samples: int, crop: Crop | None = None, transparent: bool = False
    ) -> None:
        """Renders to a PNG; with `crop` only that part of the picture, at its size."""
        import bpy

        render = self.scene.render
        width, height = self.camera.size
        render.use_border = render.use_crop_to_border = crop is not None
        if crop is not None:
            render.border_min_x, render.border_max_x = crop[0] / width, crop[2] / width
            render.border_min_y, render.border_max_y = 1 - crop[3] / height, 1 - crop[1] / height
        render.film_transparent = transparent
        render.image_settings.color_mode = "RGBA" if transparent else "RGB"
        render.filepath = str(target)
        self.scene.cycles.samples = samples
        bpy.ops.render.render(write_still=True)

    def _material(self, paint: Paint) -> Any:
        if paint not in self._materials:
            self._materials[paint] = make(paint)
        return self._materials[paint]

    def _setup_render(self, threads: int) -> None:
        render, cycles = self.scene.render, self.scene.cycles
        render.engine = "CYCLES"
        render.resolution_percentage = 100
        render.threads_mode, render.threads = "FIXED", threads
        render.image_settings.file_format = "PNG"
        render.use_persistent_data = True
        cycles.device = "CPU"
        cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
        cycles.use_adaptive_sampling = False
        cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 4, 2, 2
        cycles.transmission_bounces, cycles.transparent_max_bounces = 1, 8
        cycles.caustics_reflective = cycles.caustics_refractive = False
        cycles.sample_clamp_indirect = 3
        self.scene.view_settings.view_transform = "AgX"
        self.scene.view_settings.look = "AgX - Medium High Contrast"
        self.scene.view_settings.exposure = 0.7

    def _shine(
        self, kind: str, at: tuple[float, float, float], energy: float, tint: Sequence[float]
    ) -> Any:
        import bpy

        data = bpy.data.lights.new(kind.lower(), kind)
        data.energy, data.color = energy, tuple(tint)
        thing = bpy.data.objects.new(kind.lower(), data)
        thing.location = at
        self.scene.collection.objects.link(thing)
        return thing

    def _setup_light(self, light: float) -> None:
        import bpy

        world = bpy.data.worlds.new("sky")
        self.scene.world = world
        world.use_nodes = True
        sky = world.node_tree.nodes["Background"]
        sky.inputs["Color"].default_value = (0.80, 0.88, 1.0, 1)
        sky.inputs["Strength"].default_value = 0.9 * light
        data = bpy.data.lights.new("sun", "SUN")
        data.energy = 2.2 * light
        data.angle = radians(28)
        data.color = (1.0, 0.95, 0.86)
        sun = bpy.data.objects.new("sun", data)
        sun.rotation_euler = (radians(38), radians(18), 0)
        self.scene.collection.objects.link(sun)
