"""Going through the pages as somebody does who follows every link and looks at every form."""

import re
import warnings
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from types import MappingProxyType
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.playing import PASSWORD

ADDRESS = re.compile(r'\s(?:href|src)="([^"]+)"|<form[^>]*method="get"[^>]*action="([^"]+)"')
NOTHING: Mapping[str, int] = MappingProxyType({})
# A calendar has a next week for ever: so many of them are enough.
ENDLESS: Mapping[str, int] = MappingProxyType({"calendar.week": 5})
ASKED = ("input", "select", "textarea")
BUTTONS = ("submit", "button", "image", "reset")


@dataclass(frozen=True)
class Question:
    """One question of a form: the name it is sent under, its kind, what it holds and what it offers.

    ``unseen`` is one that is not asked as the page stands: it, or what holds it, is hidden.
    """

    name: str
    kind: str
    value: str
    offered: tuple[str, ...] = ()
    unseen: bool = False


@dataclass(frozen=True)
class FormSeen:
    """A form that a page shows, and the addresses to which its buttons send it."""

    page: str
    method: str
    actions: tuple[str, ...]
    questions: tuple[Question, ...]

    def as_shown(self) -> dict[str, list[str]]:
        """What a browser would send if nothing were touched."""
        sent: dict[str, list[str]] = {}
        for one in self.questions:
            if one.value or one.kind not in ("radio", "checkbox"):
                sent.setdefault(one.name, []).append(one.value)
        return sent


@dataclass(frozen=True)
class Visited:
    """One answer of the application: at which address, of which endpoint, and what it says."""

    address: str
    endpoint: str
    answer: TestResponse

    @property
    def is_page(self) -> bool:
        return self.answer.mimetype == "text/html"

    @cached_property
    def tree(self) -> Element:
        """The page as a tree; what is not HTML5 raises."""
        return parsed(self.answer.text)

    def links(self) -> Iterator[str]:
        """Every address that the page asks for, links to or searches by, as it is written there."""
        for linked, searched in ADDRESS.findall(self.answer.text):
            yield unescape(linked or searched)

    def forms(self) -> Iterator[FormSeen]:
        """The forms of the page."""
        for form in self.tree.iter("form"):
            own = urljoin(self.address, form.get("action") or self.address)
            buttons = [one for one in form.iter("button") if one.get("type", "submit") == "submit"]
            to = {urljoin(self.address, one.get("formaction") or own): None for one in buttons}
            yield FormSeen(
                self.address, form.get("method", "get").lower(), tuple(to), tuple(_questions(form))
            )


def parsed(text: str) -> Element:
    """A page as a tree, refused where a word of it is not HTML5."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        tree: Element = parser.parse(text)
    return tree


def _questions(form: Element, unseen: bool = False) -> Iterator[Question]:
    for one in form:
        hidden = unseen or "hidden" in one.attrib
        if one.get("name") and one.tag in ASKED and one.get("type") not in BUTTONS:
            yield _question(one, hidden)
        else:
            yield from _questions(one, hidden)


def _question(one: Element, unseen: bool) -> Question:
    name = one.get("name", "")
    if one.tag == "select":
        options = [(o.get("value", ""), "selected" in o.attrib) for o in one.iter("option")]
        chosen = next((value for value, is_chosen in options if is_chosen), options[0][0])
        return Question(name, "select", chosen, tuple(value for value, _ in options), unseen)
    if one.tag == "textarea":
        return Question(name, "textarea", "".join(one.itertext()), unseen=unseen)
    kind = "hidden" if "hidden" in one.attrib else one.get("type", "text")
    value = one.get("value", "")
    ticked = kind not in ("radio", "checkbox") or "checked" in one.attrib
    return Question(name, kind, value if ticked else "", (value,), unseen)


def signed_in(app: Flask, email: str) -> FlaskClient:
    """A client of the demonstration in which somebody has signed in."""
    client = app.test_client()
    token = next(
        one.value
        for form in Visited("/sign-in", "sign.sign_in", client.get("/sign-in")).forms()
        for one in form.questions
        if one.name == "csrf_token"
    )
    typed = {"email": email, "password": PASSWORD, "csrf_token": token}
    answer = client.post("/sign-in", data=typed)
    assert answer.status_code == 302, answer.text
    return client


def endpoint_of(app: Flask, address: str) -> str | None:
    """The endpoint that answers at an address, if one does."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(urlsplit(address).path, method="GET")
    except HTTPException:
        return None
    return str(endpoint)


def kind_of(app: Flask, address: str) -> str:
    """What a page is like: its endpoint and, where it is about one value, of which kind of value."""
    endpoint = endpoint_of(app, address) or ""
    if any(f"/{one}/" in address for one in ("history", "raise", "differs")):
        *_, table, _, item = urlsplit(address).path.split("/")
        return f"{endpoint} {table} {item}"
    return endpoint


def crawl(
    app: Flask, client: FlaskClient, most: int = 1_000_000, rarely: Mapping[str, int] = NOTHING
) -> Iterator[Visited]:
    """Every answer that following links from the first page leads to.

    At most ``most`` of one kind, or as many as ``rarely`` says for an endpoint.
    """
    rarely = {**ENDLESS, **rarely}
    waiting, known, counted = deque(["/"]), {"/"}, Counter[str]()
    while waiting:
        address = waiting.popleft()
        kind = kind_of(app, address)
        endpoint = kind.partition(" ")[0]
        if endpoint in ("", "static") or counted[kind] >= rarely.get(endpoint, most):
            continue
        counted[kind] += 1
        answer = client.get(address)
        if answer.status_code in (301, 302, 303, 307, 308):
            found = [answer.location]
        else:
            seen = Visited(address, endpoint, answer)
            yield seen
            found = list(seen.links()) if seen.is_page else []
        for link in found:
            to = urljoin(address, link).partition("#")[0]
            if not urlsplit(to).netloc and to not in known:
                known.add(to)
                waiting.append(to)
