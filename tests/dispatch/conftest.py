"""The real server of the API's tests, here too."""

from tests.api.conftest import api, guarded, jpeg, new_store, settings, shared

__all__ = ["api", "guarded", "jpeg", "new_store", "settings", "shared"]
