"""Blinding: whose pages hide the arm, who may be unblinded, and which items would give it away."""

from typing import Annotated

from pydantic import Field

from trial.protocol.base import Table
from trial.protocol.roles import Role

RoleName = Annotated[Role, Field(strict=False)]
Item = Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=60)]


class Blinding(Table):
    """Who is blinded until unblinded on record, and what they must not see."""

    blinded_roles: tuple[RoleName, ...] = ()
    may_unblind: tuple[RoleName, ...] = ()
    unblinding_items: tuple[Item, ...] = ()
