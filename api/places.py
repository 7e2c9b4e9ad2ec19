"""A place as it was sent, and as it is kept."""

from api.coordinates import check_in_china, to_wgs84
from api.schema import CasePlace, Crs, Spot

ASSUMED = Crs.WGS84
"""Where a sender does not say: what workers of before meant. Each such case says that it was so."""


def kept_place(sent: Spot, assumed: Crs = ASSUMED) -> CasePlace:
    """The place in WGS 84, with what its source said; `assumed` holds where it did not say.

    Raises:
        NotInChina: its system of coordinates is not defined there.
    """
    said = sent.model_dump()
    if sent.longitude is None or sent.latitude is None:
        return CasePlace(**said)
    crs = sent.crs or assumed
    point = (sent.longitude, sent.latitude)
    longitude, latitude = to_wgs84(point, crs)
    said |= {"crs": crs, "crs_assumed": sent.crs is None}
    if (longitude, latitude) != point:
        said |= {
            "longitude": round(longitude, 8),
            "latitude": round(latitude, 8),
            "sent_longitude": sent.longitude,
            "sent_latitude": sent.latitude,
        }
    return CasePlace(**said)


def new_place(sent: Spot, assumed: Crs = ASSUMED) -> CasePlace:
    """The same of what comes now.

    Raises:
        NotInChina: it is elsewhere, whatever its system of coordinates.
    """
    place = kept_place(sent, assumed)
    if place.longitude is not None and place.latitude is not None:
        check_in_china((place.longitude, place.latitude))
    return place
