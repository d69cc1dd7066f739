"""What can be kept of a table with faults, so that the rules can still be asked about the rest."""

from typing import Annotated, Any, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from trial.protocol.base import Table

LOST = object()


def annotation(field: FieldInfo) -> Any:
    """The type of a field with its limits."""
    if not field.metadata:
        return field.annotation
    return Annotated[(field.annotation, *field.metadata)]


def kept(kind: Any, raw: Any) -> Any:
    """The value, without the attributes that are wrong in it; ``LOST`` if nothing is left.

    Asking such a value for an attribute that was wrong raises ``AttributeError``.
    """
    try:
        return TypeAdapter(kind).validate_python(raw)
    except ValidationError:
        bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if isinstance(bare, type) and issubclass(bare, Table) and isinstance(raw, dict):
        return _table(bare, raw)
    if get_origin(bare) is tuple and isinstance(raw, tuple) and raw:
        items = tuple(kept(get_args(bare)[0], item) for item in raw)
        return LOST if LOST in items else items
    return LOST


def _table(bare: type[Table], raw: dict[str, Any]) -> Table:
    values = {
        name: kept(annotation(field), raw[name])
        for name, field in bare.model_fields.items()
        if name in raw
    }
    lost = {name for name, value in values.items() if value is LOST}
    table = bare.model_construct(**{key: values[key] for key in values.keys() - lost})
    for name in lost:
        table.__dict__.pop(name, None)  # model_construct would let the default stand in
    return table
