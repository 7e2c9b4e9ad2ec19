"""Routes that are called hundreds of times a second."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

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


class Shortcut:
    """Serves direct routes before the framework looks among all routes for theirs.

    Errors are answered as everywhere: by the app's own handlers.
    """

    def __init__(self, app: ASGIApp, api: FastAPI, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._direct: dict[tuple[str, str], ASGIApp] = {
            (method, route.path): ExceptionMiddleware(_served(route), api.exception_handlers)
            for route in routes
            if isinstance(route, DirectRoute)
            for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        app = self._app
        if scope["type"] == "http":
            app = self._direct.get((scope["method"], scope["path"]), app)
        await app(scope, receive, send)


def _served(route: DirectRoute) -> ASGIApp:
    handle = route.get_route_handler()

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        response = await handle(Request(scope, receive, send))
        await response(scope, receive, send)

    return serve
