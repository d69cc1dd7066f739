"""Words of the protocol put at the head of a line or into a sentence: only the first letter changes."""


def raised(text: str) -> str:
    """A text with a capital letter first, and the rest of it as it is."""
    return text[:1].upper() + text[1:]


def lowered(text: str) -> str:
    """A text with a small letter first, unless its first word is an acronym; the rest as it is."""
    first = text.partition(" ")[0]
    acronym = any(letter.isupper() for letter in first[1:])
    return text if acronym else text[:1].lower() + text[1:]
