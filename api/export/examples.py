"""Pictures with boxes as a folder in YOLO format, zipped: what `five-chief train` reads."""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from api.schema.misses import Miss


def as_yolo(
    misses: Sequence[Miss], picture: Callable[[str], Path], folder: Path
) -> tuple[BinaryIO, int]:
    """A ZIP archive in a nameless file under `folder`, open at its start, and how many pictures.

    One label file a picture, whatever number of boxes it has; `misses.csv` says where each is from.

    Args:
        misses: what was missed.
        picture: where the file of a SHA-256 is; one that is not there is left out.
        folder: on a disk with room for it.
    """
    names = sorted({f"{one.kind}/{one.label}" for one in misses})
    boxes: dict[str, list[Miss]] = {}
    for one in misses:
        boxes.setdefault(one.picture.rsplit("/", 1)[1], []).append(one)
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (the caller closes it)
    count = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for sha256, found in boxes.items():
            path = picture(sha256)
            if not path.is_file():
                continue
            count += 1
            archive.write(path, f"images/train/{sha256}.jpg")
            lines = "".join(_line(one, names) for one in found)
            archive.writestr(f"labels/train/{sha256}.txt", lines)
        archive.writestr("data.yaml", _data(names))
        archive.writestr("misses.csv", _origins(misses))
    file.seek(0)
    return file, count


def _line(one: Miss, names: Sequence[str]) -> str:
    x0, y0, x1, y1 = one.box
    number = names.index(f"{one.kind}/{one.label}")
    middle = (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0
    return f"{number} {' '.join(f'{value:.6f}' for value in middle)}\n"


def _data(names: Sequence[str]) -> str:
    # JSON is YAML, and quotes what must be.
    named = "".join(
        f"  {number}: {json.dumps(name, ensure_ascii=False)}\n" for number, name in enumerate(names)
    )
    return f"path: .\ntrain: images/train\nval: images/train\nnames:\n{named or '  {}'}"


def _origins(misses: Sequence[Miss]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["picture", "camera", "captured_at", "kind", "label", "known", "case", "by"])
    for one in misses:
        at, name = one.captured_at.isoformat(), one.picture.rsplit("/", 1)[1]
        writer.writerow(
            [name, one.camera_id, at, one.kind, one.label, one.known, one.case_number, one.by]
        )
    return out.getvalue()
