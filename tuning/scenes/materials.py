"""Shader recipes: a `Paint` becomes a Cycles material. Needs `bpy` when called."""

from collections.abc import Callable
from typing import Any

from tuning.scenes.mesh import Paint, Rgb


class _Graph:
    """Short names for building one material's nodes."""

    def __init__(self, name: str) -> None:
        import bpy

        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.nodes = self.material.node_tree.nodes
        self.shader = self.nodes["Principled BSDF"]
        self.shader.inputs["Specular IOR Level"].default_value = 0.3
        self.place = self.nodes.new("ShaderNodeTexCoord").outputs["Object"]

    def link(self, source: Any, target: Any) -> None:
        self.material.node_tree.links.new(source, target)

    def noise(self, scale: float, detail: float = 5.0, rough: float = 0.6) -> Any:
        node = self.nodes.new("ShaderNodeTexNoise")
        for key, value in (("Scale", scale), ("Detail", detail), ("Roughness", rough)):
            node.inputs[key].default_value = value
        self.link(self.place, node.inputs["Vector"])
        return node.outputs[0]

    def ranged(self, source: Any, span: tuple[float, float], to: tuple[float, float]) -> Any:
        node = self.nodes.new("ShaderNodeMapRange")
        for i, value in enumerate((*span, *to), start=1):
            node.inputs[i].default_value = value
        self.link(source, node.inputs[0])
        return node.outputs[0]

    def times(self, a: Any, b: Any) -> Any:
        node = self.nodes.new("ShaderNodeMath")
        node.operation = "MULTIPLY"
        self.link(a, node.inputs[0])
        self.link(b, node.inputs[1])
        return node.outputs[0]

    def colour(self, rgb: Rgb | Any, brightness: Any) -> None:
        node = self.nodes.new("ShaderNodeHueSaturation")
        if isinstance(rgb, tuple):
            node.inputs["Color"].default_value = (*rgb, 1)
        else:
            self.link(rgb, node.inputs["Color"])
        self.link(brightness, node.inputs["Value"])
        self.link(node.outputs[0], self.shader.inputs["Base Color"])

    def bump(self, height: Any, strength: float, distance: float) -> None:
        node = self.nodes.new("ShaderNodeBump")
        node.inputs["Strength"].default_value = strength
        node.inputs["Distance"].default_value = distance
        self.link(height, node.inputs["Height"])
        self.link(node.outputs[0], self.shader.inputs["Normal"])


def make(paint: Paint) -> Any:
    """The `bpy.types.Material` of a paint.

    Raises:
        KeyError: its finish has no recipe.
    """
    graph = _Graph(paint.finish)
    graph.shader.inputs["Roughness"].default_value = paint.rough
    graph.shader.inputs["Base Color"].default_value = (*paint.rgb, 1)
    _RECIPES[paint.finish](graph, paint)
    return graph.material


def depth_material(far: float) -> Any:
    """A material that glows with its distance from the camera: white at `far` metres."""
    graph = _Graph("depth")
    camera = graph.nodes.new("ShaderNodeCameraData")
    glow = graph.nodes.new("ShaderNodeEmission")
    graph.link(graph.ranged(camera.outputs["View Z Depth"], (0, far), (0, 1)), glow.inputs["Color"])
    graph.link(glow.outputs[0], graph.nodes["Material Output"].inputs["Surface"])
    return graph.material


def _plain(graph: _Graph, paint: Paint) -> None:
    graph.colour(paint.rgb, graph.ranged(graph.noise(3.0), (0.3, 0.7), (0.85, 1.12)))


def _film(graph: _Graph, paint: Paint) -> None:
    """Crinkled plastic film: fine creases that catch the sky."""
    graph.shader.inputs["Specular IOR Level"].default_value = 0.5
    crease = graph.nodes.new("ShaderNodeTexVoronoi")
    crease.feature = "DISTANCE_TO_EDGE"
    crease.inputs["Scale"].default_value = 9.0
    graph.link(graph.place, crease.inputs["Vector"])
    fold = graph.ranged(crease.outputs["Distance"], (0.0, 0.22), (0.0, 1.0))
    node = graph.nodes.new("ShaderNodeMath")
    node.operation = "ADD"
    graph.link(fold, node.inputs[0])
    graph.link(graph.noise(14.0, 4.0, 0.55), node.inputs[1])
    graph.bump(node.outputs[0], 0.75, 0.022)
    graph.colour(paint.rgb, graph.ranged(graph.noise(5.0), (0.3, 0.7), (0.8, 1.2)))


def _card(graph: _Graph, paint: Paint) -> None:
    graph.colour(paint.rgb, graph.ranged(graph.noise(7.0), (0.3, 0.7), (0.75, 1.15)))
    graph.bump(graph.noise(18.0), 0.25, 0.01)


def _asphalt(graph: _Graph, paint: Paint) -> None:
    """Worn asphalt: patches, grain, stains and cracks."""
    worn = graph.ranged(graph.noise(0.35, 6, 0.68), (0.3, 0.72), (0.72, 1.25))
    grain = graph.ranged(graph.noise(75.0, 2, 0.8), (0.3, 0.7), (0.75, 1.25))
    stain = graph.ranged(graph.noise(0.9, 3, 0.55), (0.56, 0.7), (1.0, 0.7))
    crack = graph.nodes.new("ShaderNodeTexVoronoi")
    crack.feature = "DISTANCE_TO_EDGE"
    crack.inputs["Scale"].default_value = 0.22
    warp = graph.nodes.new("ShaderNodeVectorMath")
    warp.operation = "MULTIPLY_ADD"
    warp.inputs[1].default_value = (0.7, 0.7, 0.7)
    graph.link(graph.noise(1.7, 4), warp.inputs[0])
    graph.link(graph.place, warp.inputs[2])
    graph.link(warp.outputs[0], crack.inputs["Vector"])
    line = graph.ranged(crack.outputs["Distance"], (0.0, 0.005), (0.72, 1.0))
    graph.colour(paint.rgb, graph.times(graph.times(worn, grain), graph.times(stain, line)))
    graph.bump(graph.noise(60.0, 2), 0.25, 0.008)


def _paving(graph: _Graph, paint: Paint) -> None:
    """Concrete pavers in running bond, two tones, dirty."""
    brick = graph.nodes.new("ShaderNodeTexBrick")
    for key, value in (
        ("Scale", 1.0),
        ("Brick Width", 0.5),
        ("Row Height", 0.25),
        ("Mortar Size", 0.008),
    ):
        brick.inputs[key].default_value = value
    brick.inputs["Color1"].default_value = (*paint.rgb, 1)
    brick.inputs["Color2"].default_value = (*paint.rgb2, 1)
    brick.inputs["Mortar"].default_value = (*(c * 0.35 for c in paint.rgb), 1)
    graph.link(graph.place, brick.inputs["Vector"])
    dirt = graph.ranged(graph.noise(0.7, 5, 0.7), (0.3, 0.7), (0.68, 1.15))
    grain = graph.ranged(graph.noise(40.0, 2), (0.3, 0.7), (0.9, 1.1))
    graph.colour(brick.outputs["Color"], graph.times(dirt, grain))


def _line(graph: _Graph, paint: Paint) -> None:
    """Road paint, worn through in places."""
    graph.colour(paint.rgb, graph.ranged(graph.noise(9.0, 6, 0.75), (0.42, 0.6), (1.0, 0.45)))


def _iron(graph: _Graph, paint: Paint) -> None:
    """Cast iron with a raised diamond pattern."""
    check = graph.nodes.new("ShaderNodeTexChecker")
    check.inputs["Scale"].default_value = 14.0
    turn = graph.nodes.new("ShaderNodeMapping")
    turn.inputs["Rotation"].default_value = (0, 0, 0.785)
    graph.link(graph.place, turn.inputs["Vector"])
    graph.link(turn.outputs[0], check.inputs["Vector"])
    pattern = graph.ranged(check.outputs[1], (0, 1), (0.8, 1.15))
    rust = graph.ranged(graph.noise(4.0), (0.35, 0.7), (0.8, 1.15))
    graph.colour(paint.rgb, graph.times(pattern, rust))


def _shutter(graph: _Graph, paint: Paint) -> None:
    wave = graph.nodes.new("ShaderNodeTexWave")
    wave.bands_direction = "Z"
    wave.inputs["Scale"].default_value = 3.2
    graph.link(graph.place, wave.inputs["Vector"])
    slats = graph.ranged(wave.outputs[1], (0, 1), (0.6, 1.1))
    graph.colour(
        paint.rgb, graph.times(slats, graph.ranged(graph.noise(1.5), (0.3, 0.7), (0.8, 1.1)))
    )


def _shopwindow(graph: _Graph, paint: Paint) -> None:
    """Dark glass with blurred goods behind it."""
    goods = graph.nodes.new("ShaderNodeTexBrick")
    goods.inputs["Scale"].default_value = 1.0
    goods.inputs["Brick Width"].default_value = 0.11
    goods.inputs["Row Height"].default_value = 0.38
    goods.inputs["Mortar Size"].default_value = 0.02
    goods.inputs["Color1"].default_value = (*paint.rgb, 1)
    goods.inputs["Color2"].default_value = (*paint.rgb2, 1)
    goods.inputs["Mortar"].default_value = (0.03, 0.032, 0.036, 1)
    turn = graph.nodes.new("ShaderNodeMapping")
    turn.inputs["Rotation"].default_value = (1.5708, 0, 0)
    graph.link(graph.place, turn.inputs["Vector"])
    graph.link(turn.outputs[0], goods.inputs["Vector"])
    graph.colour(
        goods.outputs["Color"], graph.ranged(graph.noise(1.3, 3), (0.35, 0.7), (0.02, 0.5))
    )
    graph.shader.inputs["Specular IOR Level"].default_value = 0.5


_RECIPES: dict[str, Callable[[_Graph, Paint], None]] = {
    "plain": _plain,
    "film": _film,
    "card": _card,
    "asphalt": _asphalt,
    "paving": _paving,
    "line": _line,
    "iron": _iron,
    "shutter": _shutter,
    "shopwindow": _shopwindow,
}
