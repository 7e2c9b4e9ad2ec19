"""What can keep the API from starting.

ApiError
├── SettingsInvalid   a setting that cannot work
├── WrongStore        the folder belongs to another store, or its store is not there
├── StoreAway         the database does not answer, or lets nobody of that name in
├── AddressInUse      another program has the port
├── ClocksInvalid     clocks.yaml is missing or breaks its schema
├── DispatchInvalid   dispatch.yaml, chiefs.yaml or channels.yaml likewise
├── CatalogueInvalid  violations.yaml is missing, breaks its schema, or changed unversioned
├── StoreNewer        the store was used by a newer program
└── RouteOpen         a route does not say who may call it
"""


class ApiError(Exception):
    """The API does not start; the message names the setting or file, the key and the fix."""


class SettingsInvalid(ApiError):
    """A setting that cannot work."""


class WrongStore(ApiError):
    """The folder belongs to another store than the settings name, or that store is not there."""


class StoreAway(ApiError):
    """The database does not answer, or lets nobody of that name in."""


class AddressInUse(ApiError):
    """The address cannot be listened on."""


class ClocksInvalid(ApiError):
    """The clocks' file is missing or breaks its schema."""


class DispatchInvalid(ApiError):
    """A file of the rules of dispatch, of chiefs or of channels cannot be used."""


class CatalogueInvalid(ApiError):
    """The catalogue is missing, breaks its schema, or changed without a new version."""


class RouteOpen(ApiError):
    """A route does not say who may call it; a fault in the program, found before it serves."""


class StoreNewer(ApiError):
    """The store was used by a newer program, whose tables this one does not know."""


class DowngradeRefused(ApiError):
    """Tables only ever go forward: what a newer program wrote would be lost on the way back."""
