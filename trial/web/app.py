"""The application: its settings, its session, its guards and its pages, put together once."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, g, request
from flask_login import current_user
from flask_security import RoleMixin, Security, SQLAlchemySessionUserDatastore
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader

import trial.records.door
from trial.config import Settings, read_settings
from trial.protocol import load
from trial.records.database import UnsafeDatabase, check_settings, writing
from trial.records.triggers import missing
from trial.web import database, forms, headers, here, kept, layout, log, lost, refusals, views
from trial.web.accounts import Account, actor_of
from trial.web.database import db
from trial.web.permission import SAFE, guard, refuse_unguarded
from trial.web.sessions import ServerSessions
from trial.web.uploads import InMemory

assert trial.records.door  # importing it puts the door in place
MEGABYTE = 1024 * 1024


def create_app(settings: Settings | None = None, **config: Any) -> Flask:
    """One application for one instance; ``config`` is for tests (cheaper hashes, for one)."""
    settings = settings or read_settings()
    app = Flask(__name__, instance_path=str(settings.instance))
    app.request_class = InMemory
    app.config.update(_config(settings) | config)
    app.extensions["trial_settings"] = settings
    app.extensions["trial_protocol"] = load(settings.protocol)
    app.session_interface = ServerSessions(settings)
    app.wsgi_app = _writing_unless_safe(app.wsgi_app)  # type: ignore[method-assign]
    database.attach(app, settings)
    _check_database(app)
    headers.harden(app, settings)
    log.attach(app)
    refusals.install(app)
    _add_accounts(app)
    app.extensions["trial_form"] = forms.Form
    kept.install(app)
    lost.install(app)
    CSRFProtect(app).exempt("trial.web.views.home.content_report")
    _add_templates(app)
    guard(app)
    _add_views(app)
    refuse_unguarded(app)
    return app


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": settings.key("web").hex(),
        "MAX_CONTENT_LENGTH": MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": MEGABYTE,
        "MAX_FORM_PARTS": 500,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session, which is short
        # Our pages send no referrer, so a form over TLS could never show one; see refusals.
        "WTF_CSRF_SSL_STRICT": False,
        "WTF_I18N_ENABLED": False,
        "REMEMBER_COOKIE_NAME": "trial-not-used",
        "SECURITY_PASSWORD_SALT": settings.key("password").hex(),
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
        "SECURITY_PASSWORD_NORMALIZE_FORM": "NFKC",
        "SECURITY_USE_REGISTER_V2": True,
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_CLI_ROLES_NAME": False,
    }


def _check_database(app: Flask) -> None:
    """Refuse to start on a database that would lose a save or let the trail be changed."""
    with app.app_context(), db.engine.connect() as connection:
        check_settings(connection)
        if missing(connection):
            raise UnsafeDatabase("The triggers of the trail are missing: run `trial migrate`.")


def _add_accounts(app: Flask) -> None:
    """Flask-Security gives hashing and the loading of who is signed in; the pages are our own."""
    store = SQLAlchemySessionUserDatastore(db.session, Account, RoleMixin)
    security = Security(app, store, register_blueprint=False)
    # No token in an address or a header signs anybody in, and a session has its own rules already.
    security.login_manager.request_loader(lambda asked: None)
    security.login_manager.session_protection = None

    @app.before_request
    def load_person() -> None:
        g.actor = None
        session = db.session()
        session.info["clock"] = here.settings().clock
        session.info["read_only"] = request.method in SAFE
        if request.endpoint != "static" and current_user.is_authenticated:
            account = current_user._get_current_object()
            g.account = account
            g.actor = session.info["actor"] = actor_of(session, account, here.protocol())


def _add_templates(app: Flask) -> None:
    own = app.jinja_loader
    assert own is not None
    app.jinja_loader = ChoiceLoader(
        [own, PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})]
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    layout.attach(app)


def _add_views(app: Flask) -> None:
    for found in sorted(pkgutil.iter_modules(views.__path__), key=lambda module: module.name):
        module = importlib.import_module(f"{views.__name__}.{found.name}")
        if hasattr(module, "blueprint"):
            app.register_blueprint(module.blueprint)


def _writing_unless_safe(inner: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Let requests that may write take SQLite's write lock when they first touch the database."""

    def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ.get("REQUEST_METHOD") in SAFE:
            return inner(environ, start)
        with writing():
            return inner(environ, start)

    return answer
