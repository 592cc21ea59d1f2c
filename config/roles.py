"""The roles and what each may do, read from `roles.yaml`."""

from functools import cache
from typing import Literal

import yaml
from pydantic import model_validator

from config.models import Declared, Text
from config.settings import CONFIG


class Role(Declared):
    """What one kind of account may do; `lasting` sessions end only when revoked."""

    name: Text
    may: frozenset[str]
    session: Literal["expiring", "lasting"] = "expiring"


class Roles(Declared):
    """Every permission with its words, and every role."""

    permissions: dict[str, Text]
    roles: dict[str, Role]

    @model_validator(mode="after")
    def _permissions_exist(self) -> "Roles":
        for role_id, role in self.roles.items():
            if strange := role.may - set(self.permissions):
                raise ValueError(f"roles.yaml: {role_id}: quyền chưa khai báo {sorted(strange)}")
        return self


@cache
def _catalogue() -> Roles:
    return Roles.model_validate(yaml.safe_load((CONFIG / "roles.yaml").read_text(encoding="utf-8")))


def load_roles() -> dict[str, Role]:
    """Return every role by id."""
    return _catalogue().roles


def load_permissions() -> dict[str, Text]:
    """Return the words of every permission by id."""
    return _catalogue().permissions
