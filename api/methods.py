"""Which methods an address takes, for `Allow` (RFC 9110, 10.2.1).

A route is one method here, and the framework names those of the first route that it meets.
"""

from fastapi.routing import iter_route_contexts
from starlette.requests import Request
from starlette.routing import Mount

_OF_FILES = frozenset({"GET", "HEAD"})
"""What a folder of files takes, which is no route with methods."""


def methods_at(request: Request) -> str:
    """The methods of all routes at the request's address, in the form of the header."""
    found: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.path_regex.match(request.url.path):
            is_folder = isinstance(route.original_route, Mount)
            found |= _OF_FILES if is_folder else route.methods or set()
    return ", ".join(sorted(found))
