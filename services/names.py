"""What the keys of dimensions are called on screen."""

from config.locale import catalogue
from config.portals import load_portals, load_rules
from config.registry import PROVINCE, load_registry
from services.methods.health_terms import facility_names
from services.methods.public_services import procedure_names


def name_of(dimension: str, key: str) -> dict[str, str]:
    """Return the names of a place, agency, station or other dimension's key; the key itself where it has none."""
    registry = load_registry()
    if dimension == "place":
        if key == PROVINCE:
            return {"vi": "Tỉnh Thanh Hóa", "en": "Thanh Hoa province"}
        if found := registry.places.get(key):
            return {"vi": found.full_name, "en": found.name}
    if dimension in ("agency", "issuer") and (agency := registry.agencies.get(key)):
        return agency.name.both()
    if dimension == "station" and (station := registry.stations.get(key)):
        return station.name.both()
    if dimension == "portal" and (portal := load_portals().get(key)):
        return portal.title().both()
    if dimension == "duty" and (duty := next((d for d in load_rules().duties if d.id == key), None)):
        return duty.name.both()
    if dimension == "procedure" and (title := procedure_names().get(key)):
        return {"vi": title, "en": title}
    if dimension == "facility" and (hospital := facility_names().get(key)):
        return hospital
    return catalogue().get(f"dimensions.{dimension}_{key}", {"vi": key, "en": key})
