"""People, vehicles and trees from the Debian package `sweethome3d-furniture`.

Its models are CC0 or CC BY 3.0, folder by folder; `configs/demo/CREDITS.md` names those used.
"""

import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FURNITURE = Path("/usr/share/sweethome3d/furniture")
_CATALOGUE = "PluginFurnitureCatalog.properties"


class AssetError(RuntimeError):
    """A model is not there to be rendered."""


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of a catalogue.

    Attributes:
        archive: the `.sh3f` file that holds it.
        path: of the OBJ file inside the archive.
        name: as the catalogue gives it.
        creator: whom to credit.
        size: width, depth and height in metres.
        rotation: row-major 3x3 turn of the model in its own y-up space, or None.
    """

    archive: Path
    path: str
    name: str
    creator: str
    size: tuple[float, float, float]
    rotation: tuple[float, ...] | None


def parse_catalogue(text: str, archive: Path) -> dict[str, Model]:
    """The models of one catalogue by "folder/name", for example "scopia/van"."""
    entries: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        key, found, value = line.partition("=")
        field, numbered, number = key.strip().partition("#")
        if found and numbered and not field.startswith("#"):
            entries.setdefault(number, {})[field] = value.strip()
    models: dict[str, Model] = {}
    for entry in entries.values():
        if not entry.get("model", "").endswith(".obj"):
            continue
        path = entry["model"].lstrip("/")
        size = (float(entry["width"]), float(entry["depth"]), float(entry["height"]))
        turn = entry.get("modelRotation")
        models["/".join(path.split("/")[:2])] = Model(
            archive=archive,
            path=path,
            name=entry.get("name", ""),
            creator=entry.get("creator", ""),
            size=(size[0] / 100, size[1] / 100, size[2] / 100),
            rotation=tuple(float(t) for t in turn.split()) if turn else None,
        )
    return models


def catalogue(folder: Path = FURNITURE) -> dict[str, Model]:
    """All models that are installed.

    Raises:
        AssetError: the package is not installed.
    """
    models: dict[str, Model] = {}
    for archive in sorted(folder.glob("*.sh3f")):
        with zipfile.ZipFile(archive) as bundle:
            text = bundle.read(_CATALOGUE).decode("latin-1")
        models |= parse_catalogue(text, archive)
    if not models:
        raise AssetError(f"no models in {folder}: apt-get install sweethome3d-furniture")
    return models


class Library:
    """Loads each model once into Blender: standing on z=0, centred, facing -y, in metres."""

    def __init__(self) -> None:
        self._models = catalogue()
        self._loaded: dict[str, Any] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="scene-assets-")

    def mesh(self, key: str) -> Any:
        """The `bpy.types.Mesh` of a model such as "scopia/van".

        Raises:
            AssetError: no such model.
        """
        if key not in self._models:
            raise AssetError(f"no model {key!r} among the {len(self._models)} in {FURNITURE}")
        if key not in self._loaded:
            self._loaded[key] = _load(self._models[key], Path(self._folder.name))
        return self._loaded[key]

    def forget(self) -> None:
        """Loads models anew from now on: a new stage has emptied Blender of them."""
        self._loaded.clear()

    def size(self, key: str) -> tuple[float, float, float]:
        """Width, depth and height of a model in metres; a KeyError if there is none."""
        return self._models[key].size

    def keys(self) -> list[str]:
        """Names of all models."""
        return sorted(self._models)


def _load(model: Model, folder: Path) -> Any:
    import bpy
    from mathutils import Matrix

    with zipfile.ZipFile(model.archive) as bundle:
        inside = model.path.rsplit("/", 1)[0] + "/"
        bundle.extractall(folder, [n for n in bundle.namelist() if n.startswith(inside)])
    before = set(bpy.data.objects)
    bpy.ops.wm.obj_import(filepath=str(folder / model.path), forward_axis="NEGATIVE_Z", up_axis="Y")
    pieces = [o for o in bpy.data.objects if o not in before and o.type == "MESH"]
    bpy.ops.object.select_all(action="DESELECT")
    for piece in pieces:
        piece.select_set(True)
    bpy.context.view_layer.objects.active = pieces[0]
    if len(pieces) > 1:
        bpy.ops.object.join()
    whole = bpy.context.view_layer.objects.active
    mesh = whole.data
    mesh.transform(whole.matrix_world)
    if model.rotation:
        r = model.rotation
        turn = Matrix((r[0:3], r[3:6], r[6:9])).to_4x4()
        upright = Matrix(((1, 0, 0, 0), (0, 0, -1, 0), (0, 1, 0, 0), (0, 0, 0, 1)))
        mesh.transform(upright @ turn @ upright.inverted())
    _fit(mesh, model.size)
    _drop_doubled_faces(mesh)
    if "/reallusion/" in f"/{model.path}":
        _turn_outwards(mesh)
    for material in mesh.materials:
        _soften(material)
    mesh.use_fake_user = True
    bpy.data.objects.remove(whole)
    return mesh


def _fit(mesh: Any, size: tuple[float, float, float]) -> None:
    flat = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", flat)
    at = flat.reshape(-1, 3)
    low, high = at.min(axis=0), at.max(axis=0)
    base = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    scale = np.array(size) / np.maximum(high - low, 1e-6)
    mesh.vertices.foreach_set("co", ((at - base) * scale).astype(np.float32).ravel())
    mesh.update()


def _drop_doubled_faces(mesh: Any) -> None:
    """Some clothes have every face twice, which renders black."""
    import bmesh  # type: ignore[import-not-found]

    work = bmesh.new()
    work.from_mesh(mesh)
    seen: set[tuple[tuple[float, float, float], ...]] = set()
    doubled = []
    for face in work.faces:
        key = tuple(
            sorted((round(v.co.x, 4), round(v.co.y, 4), round(v.co.z, 4)) for v in face.verts)
        )
        if key in seen:
            doubled.append(face)
        seen.add(key)
    if doubled:
        bmesh.ops.delete(work, geom=doubled, context="FACES")
        work.to_mesh(mesh)
    work.free()


def _turn_outwards(mesh: Any) -> None:
    """Gives a body normals of its own: those in the people's files shade clothes in patches."""
    import bmesh

    work = bmesh.new()
    work.from_mesh(mesh)
    bmesh.ops.remove_doubles(work, verts=work.verts[:], dist=0.0005)
    bmesh.ops.recalc_face_normals(work, faces=work.faces[:])
    for face in work.faces:
        face.smooth = True
    work.to_mesh(mesh)
    work.free()
    if "custom_normal" in mesh.attributes:
        mesh.attributes.remove(mesh.attributes["custom_normal"])


def _soften(material: Any) -> None:
    """Takes the mirror shine and the pure blacks and whites out of an imported material."""
    if material is None or not material.use_nodes:
        return
    for node in material.node_tree.nodes:
        if node.type != "BSDF_PRINCIPLED":
            continue
        node.inputs["Metallic"].default_value = 0.0
        node.inputs["Specular IOR Level"].default_value = 0.3
        rough = node.inputs["Roughness"]
        rough.default_value = max(0.4, rough.default_value)
        colour = node.inputs["Base Color"]
        if not colour.is_linked:
            colour.default_value = (*(min(0.8, max(0.015, c)) for c in colour.default_value[:3]), 1)
