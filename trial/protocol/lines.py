"""On which line of a TOML text each table, key and list item stands."""

import re
import tomllib

Path = tuple[str | int, ...]
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"[ \t\r\n,]+|#[^\n]*")
_PLAIN = re.compile(r"[^\s,\]}#]+([ ]\d\d:[^\s,\]}#]+)?")
_TEXT = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)


def lines(text: str) -> dict[Path, int]:
    """The line of every path in a TOML text that ``tomllib`` has already accepted.

    Any other text ends too, in paths that mean nothing or in a ``ValueError``.
    """
    return _Reader(text.replace("\r\n", "\n")).read()


class _Reader:
    """Walks once through the text; its grammar is simple because the text is known to be valid."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}
        self.lengths: dict[Path, int] = {}
        self.counted = (0, 1)

    def read(self) -> dict[Path, int]:
        table: Path = ()
        while self.skip_blank():
            if self.text.startswith("[[", self.at):
                table = self.header(2)
            elif self.text[self.at] == "[":
                table = self.header(1)
            else:
                self.pair(table)
        return self.found

    def skip_blank(self) -> bool:
        while blank := _BLANK.match(self.text, self.at):
            self.at = blank.end()
        return self.at < len(self.text)

    def mark(self, path: Path) -> None:
        at, line = self.counted
        line += self.text.count("\n", at, self.at)
        self.counted = (self.at, line)
        for length in range(1, len(path) + 1):
            self.found.setdefault(path[:length], line)

    def header(self, brackets: int) -> Path:
        start = self.at
        self.at += brackets
        keys = self.dotted("]")
        end = self.at + brackets
        table = self.within((), keys[:-1]) + keys[-1:]
        if brackets == 2:
            self.lengths[table] = self.lengths.get(table, 0) + 1
        table = self.within((), keys)
        self.at = start
        self.mark(table)
        self.at = end
        return table

    def within(self, table: Path, keys: Path) -> Path:
        """The path of the keys, entering the latest item of every list of tables on the way."""
        for key in keys:
            table = (*table, key)
            if table in self.lengths:
                table = (*table, self.lengths[table] - 1)
        return table

    def dotted(self, end: str) -> Path:
        keys: list[str] = []
        while self.at < len(self.text) and self.text[self.at] != end:
            if self.text[self.at] in " \t.":
                self.at += 1
            elif quoted := _TEXT.match(self.text, self.at):
                keys.append(tomllib.loads(f"k = {quoted.group()}")["k"])
                self.at = quoted.end()
            elif bare := _BARE.match(self.text, self.at):
                keys.append(bare.group())
                self.at = bare.end()
            else:
                break
        return tuple(keys)

    def pair(self, table: Path) -> None:
        start = self.at
        keys = self.dotted("=")
        end = self.at + 1
        self.at = start
        path = table + keys
        self.mark(path)
        self.at = end
        self.value(path)

    def value(self, path: Path) -> None:
        if not self.skip_blank():
            return
        if text := _TEXT.match(self.text, self.at):
            self.at = text.end()
        elif self.text[self.at] == "[":
            self.items(path)
        elif self.text[self.at] == "{":
            self.at += 1
            while self.skip_blank() and self.text[self.at] != "}":
                self.pair(path)
            self.at += 1
        elif plain := _PLAIN.match(self.text, self.at):
            self.at = plain.end()
        else:
            self.at += 1

    def items(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self.skip_blank() and self.text[self.at] != "]":
            self.mark((*path, index))
            self.value((*path, index))
            index += 1
        self.at += 1
