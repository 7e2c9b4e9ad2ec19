"""A district's own rules, read at the start: its clocks, its dispatch, its first chiefs."""

from api.clocks import read_clocks
from api.dismissals import read_dismissals
from api.dispatch.rules import read_dispatch
from api.dispatch.seed import read_chiefs_file
from api.settings import Settings
from api.store.chiefs import seed_chiefs
from api.store.dismissals import seed_dismissals
from api.store.due import reckon_all
from api.store.engine import Store
from api.store.rules import seed_clocks, seed_dispatch
from api.store.shops import warm
from api.store.timer_views import reckon_again


def seed_district(store: Store, settings: Settings) -> None:
    """Put what the district's files say into the store.

    Raises:
        ClocksInvalid: clocks.yaml cannot be used, or changed without a new version.
        DispatchInvalid: dispatch.yaml or chiefs.yaml likewise.
    """
    clocks = read_clocks(settings.clocks, settings.zone)
    rules = read_dispatch(settings.dispatch)
    chiefs = read_chiefs_file(settings.chiefs)
    seed_clocks(store, clocks)
    with store.writing() as session:
        if reckon_again(session):
            reckon_all(session)
    seed_dispatch(store, rules)
    seed_chiefs(store, chiefs.roles, chiefs.assignments)
    seed_dismissals(store, read_dismissals())
    warm(store)
