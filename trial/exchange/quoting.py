"""Texts of a protocol as literals of R and of Stata that hold exactly the text and run nothing."""

import string

# Of ASCII only these stand in a Stata literal as they are: no quotation mark, backslash, dollar sign or
# backtick, which begin macros, no slash or asterisk, which begin comments, and no brace.
PLAIN = frozenset(string.ascii_letters + string.digits + " ,.;:()%=<>?!_-&@|[]")
# The most that Stata keeps of the label of a variable.
VARIABLE_LABEL = 80


def in_r(text: str) -> str:
    """A text as an R literal, in ASCII whatever it holds.

    >>> in_r('Siân\\'s "A\\\\B"')
    '"Si\\\\u00e2n\\'s \\\\"A\\\\\\\\B\\\\""'
    """
    return f'"{"".join(_in_r(sign) for sign in text)}"'


def _in_r(sign: str) -> str:
    point = ord(sign)
    if point > 0xFFFF:
        return f"\\U{point:08x}"
    if point > 126 or point < 32:
        return f"\\u{point:04x}"
    return f"\\{sign}" if sign in '"\\' else sign


def in_stata(text: str) -> str:
    """A text as a string expression of Mata, in which nothing is taken for a macro or a comment.

    >>> in_stata("up to £5 $x")
    '"up to £5 " + char(36) + "x"'
    """
    parts: list[str] = []
    run = ""
    for sign in text:
        if sign in PLAIN or sign > "\x7f":
            run += sign
            continue
        parts += [f'"{run}"'] if run else []
        parts.append(f"char({ord(sign)})")
        run = ""
    if run or not parts:
        parts.append(f'"{run}"')
    return " + ".join(parts)


def label_in_stata(text: str) -> str:
    """The same for the label of a variable, of which Stata keeps 80 signs."""
    return in_stata(text if len(text) <= VARIABLE_LABEL else f"{text[: VARIABLE_LABEL - 1]}…")
