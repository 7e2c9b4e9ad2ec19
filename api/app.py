"""Puts the app together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from fastapi import FastAPI

from api import problems
from api.auth import check_closed
from api.background import Background
from api.catalogue import read_catalogue, seed
from api.component_classes import read_component_classes, seed_component_classes
from api.direct import Shortcut
from api.dispatch.channels import read_channels
from api.district import seed_district
from api.doors.sources import read_sources
from api.evidence import EvidenceFolder
from api.feed import EventFeed
from api.gate import Gate
from api.jobs import jobs
from api.line.door import Door
from api.line.hub import LineHub
from api.line.latest import FOLDER as LATEST
from api.line.latest import LatestPictures
from api.merging import read_merging
from api.middleware import BodyLimit, Guard, SameOrigin
from api.open311 import wire
from api.openapi import describe
from api.routes import (
    alerts,
    audit,
    camera_alerts,
    cameras,
    case_files,
    cases,
    chain,
    chief_access,
    chiefs,
    clocks,
    compliance,
    components,
    egova,
    evidence,
    export,
    figures,
    intake,
    life,
    line,
    links,
    memory,
    misses,
    new_cameras,
    notices,
    oidc,
    open311,
    open311_services,
    page,
    people,
    rectify,
    reference,
    reports,
    session,
    settling,
    shops,
    subscriptions,
    timers,
    verdict,
    wall,
    watching,
    zones,
)
from api.services import Services
from api.settings import Settings
from api.store.belonging import check_belonging, note_belonging
from api.store.engine import open_store
from api.store.migrate import upgrade
from api.store.orders import newest_order
from api.store.reading import newest_heard

ROUTES = (
    reports,
    intake,
    export,
    cases,
    life,
    verdict,
    settling,
    case_files,
    compliance,
    evidence,
    links,
    alerts,
    camera_alerts,
    watching,
    figures,
    chain,
    session,
    chief_access,
    oidc,
    people,
    audit,
    subscriptions,
    egova,
    open311_services,
    open311,
    cameras,
    zones,
    wall,
    memory,
    misses,
    new_cameras,
    line,
)
"""In the order of the API's description."""


def create_app(settings: Settings) -> FastAPI:
    """The API, its store brought up to date.

    Raises:
        ApiError: settings or catalogue forbid the start.
    """
    catalogue = read_catalogue(settings.catalogue)
    channels = read_channels(settings.channels)
    merging = read_merging(settings.merging)
    sources = read_sources(settings.sources)
    classes = read_component_classes()
    # Evidence shows people: the folder is the owner's alone.
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_belonging(settings)
    store = open_store(settings)
    try:
        upgrade(store)
        note_belonging(settings)
        seed(store, catalogue)
        seed_component_classes(store, classes)
        seed_district(store, settings)
        folder = EvidenceFolder(settings.evidence, settings.max_file_bytes, settings.max_pixels)
        folder.prepare()
        folder.sweep()
        return _assemble(
            Services(
                settings,
                store,
                catalogue,
                folder,
                EventFeed(lambda: newest_heard(store).mark),
                LineHub(
                    EventFeed(partial(newest_order, store)),
                    LatestPictures(settings.data / LATEST),
                ),
                Door(store),
                merging,
                sources,
                classes,
                Gate.of(store),
                channels,
            )
        )
    except BaseException:
        store.engine.dispose()  # there is no app that could
        raise


def _assemble(services: Services) -> FastAPI:
    # FastAPI's own pages load scripts from elsewhere; `routes.reference` needs none.
    app = FastAPI(
        title="Smart Five Chief",
        version=watching.package_version(),
        lifespan=_lifespan(services),
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        # Nothing of ours collects it, and whether it is collected is asked for each request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.services = services
    problems.install(app, {"/open311/": wire.on_error})
    app.include_router(reports.direct)
    for module in ROUTES:
        app.include_router(module.router)
    for module in (chiefs, clocks, components, notices, rectify, shops, timers):
        app.include_router(module.router)
    app.include_router(reference.router)
    page.mount(app)
    check_closed(app)
    # The last one added is the outermost.
    app.add_middleware(Shortcut, api=app, routes=reports.direct.routes)
    app.add_middleware(BodyLimit, max_report_bytes=services.settings.max_body_bytes)
    app.add_middleware(SameOrigin)
    tiles = services.settings.tiles
    app.add_middleware(Guard, pictures_from="" if tiles is None else tiles.origin)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    return app


_LAST_READ_S = 5.0
"""A reader of the store may take so long to end when the server stops."""


def _lifespan(services: Services) -> Callable[[FastAPI], Any]:
    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        feeds = (services.feed, services.line.feed)
        watchers = [asyncio.create_task(feed.run()) for feed in feeds]
        background = Background(services, jobs(), services.settings.job_lease_s)
        background.start()
        try:
            yield
        finally:
            for feed in feeds:
                feed.close()
            await asyncio.to_thread(background.stop)
            # Not cancelled at once: a thread that reads would outlive its connection's pool.
            await asyncio.wait(watchers, timeout=_LAST_READ_S)
            for watcher in watchers:
                watcher.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watcher
            services.store.engine.dispose()

    return lifespan
