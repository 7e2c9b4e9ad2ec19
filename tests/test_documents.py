"""What the documents must never hold."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_holds_what_a_merge_left(document: Path) -> None:
    left = ("<<<<<<<", ">>>>>>>", "=======")
    assert [line for line in document.read_text().splitlines() if line.startswith(left)] == []
