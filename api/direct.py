"""Routes that are called hundreds of times a second."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.auth import let_in, requirement_of
from api.services import Services

Endpoint = Callable[[Services, Request], Awaitable[Response]]


class DirectRoute(APIRoute):
    """Described as any other route, served without FastAPI's search for what its endpoint takes.

    FastAPI solves a route's dependencies anew for each request, each plain function on a thread of
    its own, and checks what is answered once more: several times what reading a report costs. Here
    the endpoint gets the parts and the request, and answers with a response. Who may call is asked
    of the `requires(...)` among the route's dependencies, as ever.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """How it is served."""
        needs = requirement_of(self.dependant)
        endpoint: Endpoint = self.endpoint

        async def handle(request: Request) -> Response:
            services: Services = request.app.state.services
            await let_in(services, request, needs)
            return await endpoint(services, request)

        return handle
