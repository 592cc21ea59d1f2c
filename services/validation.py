"""Everything that can be checked of an installation's declarations before it runs."""

from config.checks import text_problems
from config.declarations import RegistryError
from config.models import SnapshotOf
from config.pages import all_pages
from config.registry import Registry, assemble
from config.settings import ROOT
from config.wall import read_wall
from services.methods.catalogue import METHODS, SNAPSHOTS


def _methods(registry: Registry) -> list[str]:
    named = [
        (r.method, f"facts/{f.id}.yaml: {r.id}")
        for f in registry.facts.values()
        for r in f.rollups
        if r.method
    ]
    named += [(m, f"sources/{s.id}.yaml") for s in registry.sources.values() for m in (s.method, s.naming) if m]
    named += [(f.secret.leaves, f"facts/{f.id}.yaml") for f in registry.facts.values() if f.secret and f.secret.leaves]
    missing = [
        f"{where}: không có phương pháp '{m}' · thêm vào services/methods/"
        for m, where in named
        if m not in METHODS
    ]
    snapshots = [
        (i.origin.method, i.id) for i in registry.indicators.values() if isinstance(i.origin, SnapshotOf)
    ]
    return missing + [
        f"{i}: không có phương pháp '{m}' · thêm vào SNAPSHOTS" for m, i in snapshots if m not in SNAPSHOTS
    ]


def _pages(registry: Registry) -> list[str]:
    declared = {p.id for p in all_pages()}
    files = {p.stem for p in (ROOT / "pages").glob("*.py") if p.stem != "__init__"}
    domains = set(registry.domains)
    return [
        *(
            f"pages/{name}.py: không phải trang của lĩnh vực nào · khai báo trong config/pages.yaml"
            for name in sorted(files - declared - domains)
        ),
        *(f"domains/{name}.yaml: chưa có trang · thêm pages/{name}.py" for name in sorted(domains - files)),
    ]


def _wall() -> list[str]:
    try:
        read_wall()
    except RegistryError as error:
        return error.problems
    return []


def problems() -> list[str]:
    """Return every problem in the declarations; an empty list when all is well."""
    try:
        registry = assemble()
    except RegistryError as error:
        return error.problems
    return [*_methods(registry), *_pages(registry), *_wall(), *text_problems()]
