"""The list of pages: what each is called, which question it answers, and who may open it."""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from config.models import Declared, Domain, Text
from config.reading import read_yaml
from config.registry import load_registry
from config.roles import load_roles
from config.settings import CONFIG


class PagesError(Exception):
    """A list of pages that cannot be used, with file and remedy."""


class Page(Declared):
    """One page; its file is `pages/<id>.py` and its address `/<id>`."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Text
    question: Text
    icon: str = Field(pattern=r"^[a-z0-9_]+$", description="name in the Material Symbols font")
    access: Literal["public", "signed_in"]
    roles: tuple[str, ...] = Field((), description="empty: whoever may open the pages")
    group: Literal["overview", "domain", "work"]
    order: int = Field(ge=0)


@cache
def load_pages(path: Path = CONFIG / "pages.yaml") -> tuple[Page, ...]:
    """Read and check the pages of one file; raise PagesError that names file, entry and remedy."""
    try:
        entries = read_yaml(path.read_text(encoding="utf-8"))
        pages = TypeAdapter(tuple[Page, ...]).validate_python(entries)
    except (ValidationError, yaml.YAMLError) as error:
        raise PagesError(f"{path.name}: {error}") from error
    ids = [page.id for page in pages]
    if twice := {page_id for page_id in ids if ids.count(page_id) > 1}:
        raise PagesError(f"{path.name}: mã trang trùng {sorted(twice)}; mỗi trang chỉ khai báo một lần")
    if strange := {role for page in pages for role in page.roles} - set(load_roles()):
        raise PagesError(f"{path.name}: vai trò lạ {sorted(strange)}; chỉ dùng vai trò có trong roles.yaml")
    return pages


def _domain_page(domain: Domain) -> Page:
    return Page(id=domain.id, name=domain.name, question=domain.question, icon=domain.icon, access="signed_in",
                roles=(), group="domain", order=100 + domain.order)


def all_pages() -> list[Page]:
    """Return every page in the order of the navigation: those of `pages.yaml`, and one for each domain in use."""
    domains = [_domain_page(d) for d in load_registry().domains.values()]
    return sorted([*load_pages(), *domains], key=lambda page: page.order)


def page_named(page_id: str) -> Page:
    """Return the page of an id; raise PagesError when it is not registered."""
    for page in all_pages():
        if page.id == page_id:
            return page
    raise PagesError(f"pages.yaml: không có trang '{page_id}'; khai báo trang trước khi dùng")
