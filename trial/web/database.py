"""The one SQLAlchemy session of a request, on our own base and our own engine settings."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection

from trial.config import Settings
from trial.records.base import Base
from trial.records.database import configure_engine, driver_url, engine_options, writing

db = SQLAlchemy(model_class=Base, disable_autonaming=True)


class Inside(Exception):
    """An act is under way: what stands beside the trail must wait until it has ended."""


@contextmanager
def aside(write: bool = True) -> Iterator[Connection]:
    """A short connection for the technical tables, beside the request's own session.

    The request's transaction is ended first: it may hold the one lock that this connection needs.
    """
    if "acting" in db.session().info:
        raise Inside("The technical tables are written before or after an act, never within.")
    db.session.rollback()
    with writing() if write else nullcontext(), db.engine.begin() as connection:
        yield connection


def attach(app: Flask, settings: Settings) -> None:
    """Give an application its database, set up as every connection of the trial must be."""
    app.config["SQLALCHEMY_DATABASE_URI"] = driver_url(settings.database_url)
    # A database's error would otherwise carry what somebody typed into the log.
    options = engine_options(settings.database_url) | {"hide_parameters": True}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    with app.app_context():
        configure_engine(db.engine)
