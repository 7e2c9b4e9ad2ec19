"""GeoReport v2's documents as their JSON has them. All strings may be null where they say so."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, RootModel

from api.schema.base import Wire


class Open311Error(Wire):
    """What is wrong: 403 for keys, 404 for what is unknown, 400 for what cannot be understood."""

    code: int
    description: str


class Open311Errors(RootModel[tuple[Open311Error, ...]]):
    """Errors; a list of one is a list, too."""


class Open311Endpoint(Wire):
    """An endpoint of a discovery document."""

    specification: str
    url: str
    changeset: str
    type: Literal["production", "test"]
    formats: tuple[str, ...]


class Open311Discovery(Wire):
    """Where the endpoint is and what it speaks."""

    changeset: str
    contact: str
    key_service: str
    endpoints: tuple[Open311Endpoint, ...]


class Open311Service(Wire):
    """Something that can be asked for."""

    service_code: str
    service_name: str
    description: str | None
    metadata: bool
    type: Literal["realtime", "batch", "blackbox"]
    keywords: str | None
    group: str | None


class Open311Services(RootModel[tuple[Open311Service, ...]]):
    """All services."""


class Open311Value(Wire):
    """One of the values of a list."""

    key: str
    name: str


class Open311Attribute(Wire):
    """Something more that may be said of a request."""

    variable: bool
    code: str
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    required: bool
    datatype_description: str | None
    order: int
    description: str
    values: tuple[Open311Value, ...]


class Open311Definition(Wire):
    """A service's attributes."""

    service_code: str
    attributes: tuple[Open311Attribute, ...]


class Open311Request(Wire):
    """A case as a service request."""

    service_request_id: str
    status: Literal["open", "closed"]
    status_notes: str | None
    service_name: str | None
    service_code: str
    description: str | None
    agency_responsible: str | None
    service_notice: str | None
    requested_datetime: str
    updated_datetime: str | None
    expected_datetime: str | None
    address: str | None
    address_id: str | None
    zipcode: str | None
    lat: float | None
    long: float | None
    media_url: str | None


class Open311Requests(RootModel[tuple[Open311Request, ...]]):
    """Requests, newest first."""


_Said = Annotated[str | None, Field(max_length=300)]


class Open311Form(Wire):
    """What is posted; one of lat with long, and address_string, is needed.

    `attribute[condition]` is the key of a filing condition; `token` is the client's own word for
    the request, by which a repeat is known.
    """

    model_config = ConfigDict(extra="allow")

    api_key: Annotated[str, Field(max_length=256)]
    service_code: Annotated[str, Field(max_length=64)]
    jurisdiction_id: _Said = None
    lat: float | None = None
    long: float | None = None
    address_string: _Said = None
    address_id: _Said = None
    email: _Said = None
    device_id: _Said = None
    account_id: _Said = None
    first_name: _Said = None
    last_name: _Said = None
    phone: Annotated[str | None, Field(max_length=32)] = None
    description: Annotated[str | None, Field(max_length=4000)] = None
    media_url: Annotated[str | None, Field(max_length=2000)] = None
    token: Annotated[str | None, Field(max_length=64)] = None


class Open311Filed(Wire):
    """A request that was just filed: its id, or a token with which to ask for it, never both."""

    service_request_id: str
    service_notice: str | None
    account_id: str | None


class Open311FiledList(RootModel[tuple[Open311Filed, ...]]):
    """What was filed; a list of one."""


class Open311Token(Wire):
    """Which request a token stands for."""

    service_request_id: str
    token: str


class Open311Tokens(RootModel[tuple[Open311Token, ...]]):
    """A list of one."""


ALL = (
    Open311Errors,
    Open311Discovery,
    Open311Services,
    Open311Definition,
    Open311Requests,
    Open311FiledList,
    Open311Form,
    Open311Tokens,
)
"""What the routes' descriptions refer to."""
