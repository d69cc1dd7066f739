"""Instances to measure: the demonstration at a size, and people signed in to it."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from tests.bench.pages import Page
from trial.config import read_settings
from trial.web.app import create_app

LIVES = 18
TRIAL = Path(sys.executable).with_name("trial")
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')


@dataclass
class Bench:
    """One instance of a size, its application, and who is signed in."""

    folder: Path
    participants: int
    passwords: dict[str, str]
    app: Flask
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    firsts: dict[tuple[str, str], str] = field(default_factory=dict)

    def client(self, email: str) -> FlaskClient:
        """The browser of one person, signed in."""
        if email not in self.clients:
            client = self.app.test_client()
            form = hidden(client.get("/sign-in").text)
            form |= {"email": email, "password": self.passwords[email]}
            answer = client.post("/sign-in", data=form)
            if answer.status_code != 302:
                raise SystemExit(f"{email} could not sign in: {answer.status}")
            self.clients[email] = client
        return self.clients[email]

    def address(self, page: Page) -> str:
        """The address of a page in this instance."""
        if not page.within:
            return page.address
        key = page.email, page.within
        if key not in self.firsts:
            listed = page.within.rsplit("/", 1)[0]
            text = self.client(page.email).get(listed).text
            found = re.search(rf'href="({page.within})"', text)
            if found is None:
                raise SystemExit(f"{listed} links to no {page.within}")
            self.firsts[key] = found[1]
        return page.address.format(first=self.firsts[key])


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    fields = [
        (re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one))
        for one in HIDDEN.findall(text)
    ]
    return {name[1]: value[1] if value else "" for name, value in fields if name}


def instance(kept: Path, participants: int) -> Bench:
    """An instance with about so many participants, played now unless it is kept from before."""
    scale = max(1, round(participants / LIVES))
    folder, told = kept / f"{scale}", kept / f"{scale}.accounts"
    if not told.exists():
        environment = _environment(folder)
        folder.mkdir(parents=True)
        command = [str(TRIAL), "demo", "--scale", str(scale)]
        told.write_text(subprocess.check_output(command, env=environment, text=True))
    app = create_app(read_settings({"TRIAL_INSTANCE": str(folder)}), TESTING=True)
    passwords = dict(re.findall(r"(\S+@\S+)\s+(\S+)$", told.read_text(), re.MULTILINE))
    return Bench(folder, scale * LIVES, passwords, app)


def _environment(folder: Path) -> dict[str, str]:
    """The environment with this instance in it, and no other database or protocol."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TRIAL_")}
    return kept | {"TRIAL_INSTANCE": str(folder)}
