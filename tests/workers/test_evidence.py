"""Evidence on disk: whole or not at all, found by its hash, swept when nothing cites it."""

import hashlib
import os
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from api.schema import EvidenceRole
from workers.errors import EvidenceLost
from workers.evidence import EvidenceFolder

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path / "evidence")


def test_a_picture_is_a_jpeg_named_by_its_hash(folder: EvidenceFolder) -> None:
    image = np.full((90, 160, 3), 128, np.uint8)
    kept = folder.keep_picture(image, EvidenceRole.SNAPSHOT, NOW)
    data = folder.find(kept.sha256).read_bytes()
    assert hashlib.sha256(data).hexdigest() == kept.sha256
    assert len(data) == kept.size
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape == image.shape


def test_the_same_bytes_twice_are_one_file(folder: EvidenceFolder) -> None:
    first = folder.keep(b"clip", EvidenceRole.CLIP, "video/mp4", NOW)
    second = folder.keep(b"clip", EvidenceRole.CLIP, "video/mp4", NOW)
    assert first == second
    assert len(list(folder.path.glob("??/*"))) == 1


def test_a_missing_file_is_named(folder: EvidenceFolder) -> None:
    with pytest.raises(EvidenceLost, match="ab" * 32):
        folder.find("ab" * 32)


def test_sweeping_takes_only_what_is_old_and_uncited(folder: EvidenceFolder) -> None:
    cited = folder.keep(b"cited", EvidenceRole.CLIP, "video/mp4", NOW)
    orphan = folder.keep(b"orphan", EvidenceRole.CLIP, "video/mp4", NOW)
    young = folder.keep(b"young", EvidenceRole.CLIP, "video/mp4", NOW)
    old = time.time() - 7200
    for kept in (cited, orphan):
        os.utime(folder.find(kept.sha256), (old, old))
    assert folder.sweep({cited.sha256}, datetime.now(UTC) - timedelta(hours=1)) == 1
    assert folder.find(cited.sha256).exists()
    assert folder.find(young.sha256).exists()
    with pytest.raises(EvidenceLost):
        folder.find(orphan.sha256)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small tmpfs needs root")
def test_a_full_disk_is_an_error_and_leaves_no_half_file(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        folder = EvidenceFolder(small / "evidence")
        with pytest.raises(OSError, match="No space left"):
            folder.keep(os.urandom(200_000), EvidenceRole.CLIP, "video/mp4", NOW)
        assert [p for p in small.rglob("*") if p.is_file()] == []
        assert folder.keep(b"small", EvidenceRole.CLIP, "video/mp4", NOW).size == 5
    finally:
        subprocess.run(["umount", str(small)], check=True)
