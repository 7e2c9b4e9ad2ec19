"""Tags of what has no version of its own: a digest of that which can be edited.

Two editors who read the same cannot both write: whoever comes second finds another tag. Content
that was changed and changed back has its tag again, which harms nobody.
"""

import hashlib
import json


def tag_of(*content: object) -> str:
    """The tag of JSON values, quoted as an HTTP ETag is."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
