"""What pydantic found wrong, turned into sentences that say what to do."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic_core import ErrorDetails

from trial.protocol.base import Table

PATTERNS = {
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "Use lower-case letters and digits, joined by single hyphens, "
    'such as "month-12".',
    r"^[0-9]+(\.[0-9]+){0,3}$": 'Enter a version in quotes, such as "1.0".',
    r"^[A-Za-z][A-Za-z0-9-]*$": "Begin with a letter, then use letters, digits and hyphens, "
    'such as "TAU".',
    r"^[A-Z][A-Z0-9]{1,9}$": "Use two to ten capital letters and digits, a letter first, "
    'such as "IPSOH".',
    r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$": "Use lower-case letters and digits, a letter first, joined by "
    'single underscores, such as "in_work".',
    r"^(_[a-z0-9]+)+$": 'Begin with an underscore, then lower-case letters and digits, such as "_why".',
    r"^[a-z_]+\.[a-z_]+$": 'Name a table and one of its items, such as "spell.kind".',
}
SENTENCES = {
    "missing": "Add this key: it is missing.",
    "string_type": 'Enter text in quotes, such as "text".',
    "string_too_long": "Shorten this to {max_length} characters or fewer.",
    "int_type": "Enter a whole number, without quotes.",
    "bool_type": "Enter true or false, without quotes.",
    "date_type": "Enter a real date without quotes and without a time, such as 2015-09-01.",
    "is_instance_of": "Enter a number without quotes, such as 6.50.",
    "decimal_type": "Enter a number without quotes, such as 6.50.",
    "finite_number": "Enter a real number, such as 6.50.",
    "decimal_max_digits": "Enter a number of at most {max_digits} digits.",
    "decimal_max_places": "Enter a number with at most {decimal_places} decimal places.",
    "decimal_whole_digits": "Enter a number with fewer digits before the point.",
    "greater_than_equal": "Enter {ge} or more.",
    "greater_than": "Enter more than {gt}.",
    "less_than_equal": "Enter {le} or less.",
    "too_short": "Give at least {min_length} of these; there are {actual_length}.",
    "too_long": "Give at most {max_length} of these.",
    "tuple_type": "Write this as a list: in square brackets, or as one [[table]] for each entry.",
    "model_type": 'Write this as a table, such as {{ key = "a", label = "A" }}.',
    "model_attributes_type": "Write this as a table of keys and values.",
    "mapping_type": 'Write this as a table, such as {{ service = "forensic" }}.',
    "dict_type": 'Write this as a table, such as {{ service = "forensic" }}.',
    "literal_error": "Enter one of: {expected}.",
    "enum": "Enter one of: {expected}.",
    "union_tag_invalid": "There is no kind {tag}: enter one of {expected_tags}.",
    "union_tag_not_found": 'Say which kind of question this is, such as kind = "choice".',
}


def sentence(error: ErrorDetails, whole: Any) -> str:
    """What to do about one error that was found in a value of the type ``whole``."""
    context: Mapping[str, Any] = error.get("ctx", {})
    kind = error["type"]
    if kind == "extra_forbidden":
        return unknown_key(str(error["loc"][-1]), _keys(whole, error["loc"][:-1]))
    if kind == "value_error":
        return f"{context['error']}."
    if kind == "string_pattern_mismatch":
        return PATTERNS[context["pattern"]]
    if kind in SENTENCES:
        return SENTENCES[kind].format(**context)
    return f"{error['msg']}: correct this value."


def unknown_key(key: str, known: list[str]) -> str:
    """What to do about a key that does not exist where it stands."""
    near = get_close_matches(key, known, n=1)
    meant = f' Did you mean "{near[0]}"?' if near else ""
    return f"This key is not known here: correct its spelling or remove it.{meant}"


def _keys(whole: Any, path: tuple[str | int, ...]) -> list[str]:
    """The keys that the table at a path of this type may have."""
    for step in path:
        if isinstance(step, str) and (table := table_within(whole)):
            field = table.model_fields.get(step)
            whole = _of_kind(whole, step) if field is None else field.annotation
    table = table_within(whole)
    return [name for name in table.model_fields if name != "sha256"] if table else []


def _of_kind(annotation: Any, kind: str) -> Any:
    """Of the tables that a type may be, the one told apart by a kind."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        field = annotation.model_fields.get("kind")
        return annotation if field and kind in get_args(field.annotation) else None
    found = (_of_kind(part, kind) for part in get_args(annotation))
    return next((table for table in found if table), None)


def table_within(annotation: Any) -> type[Table] | None:
    """The table that a type is, or is a list of."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    found = (table_within(part) for part in get_args(annotation))
    return next((table for table in found if table), None)
