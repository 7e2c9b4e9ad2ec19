"""Where maps take their pictures from, if a district has such a server."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from api.errors import SettingsInvalid

_PLACES = ("{z}", "{x}", "{y}")


@dataclass(frozen=True, slots=True)
class Tiles:
    """A server of map tiles in Web Mercator on WGS 84 (on GCJ-02 all would be some 500 m off).

    Attributes:
        url: its address, with `{z}`, `{x}` and `{y}` where a tile's numbers go.
        credit: what its licence wants to be read on the map.
    """

    url: str
    credit: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        missing = [place for place in _PLACES if place not in self.url]
        if parts.scheme not in ("http", "https") or not parts.hostname or missing:
            raise SettingsInvalid(
                f"tiles (--tiles): {self.url!r} is no address of map tiles; write "
                "https://HOST/{z}/{x}/{y}.png"
            )
        # It becomes part of a header: whoever writes settings must not end the policy by mistake.
        if set(parts.netloc) & set(" ;,'\"{}@"):
            raise SettingsInvalid(
                f"tiles (--tiles): {parts.netloc!r} must be a plain host, with a port at most"
            )

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a content security policy names them."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"
