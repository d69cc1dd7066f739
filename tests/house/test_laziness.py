"""Starting must not pay for statistics, printing or migrations."""

import subprocess
import sys

import pytest

HEAVY = ("scipy", "pandas", "statsmodels", "reportlab", "alembic")


def loaded(program: str, *arguments: str, **environ: str) -> set[str]:
    """The modules that a program has loaded when it ends."""
    code = f"{program}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env=environ or None,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rsplit("\n", 2)[-2].split())


def test_help_loads_neither_flask_nor_anything_heavy():
    modules = loaded("from trial.cli import trial\ntrial.main(['--help'], standalone_mode=False)")
    assert not modules & {*HEAVY, "flask", "sqlalchemy"}


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_the_application_starts_without_anything_heavy(settings):
    environ = {
        "TRIAL_INSTANCE": str(settings.instance),
        "TRIAL_DATABASE_URL": settings.database_url,
        "PATH": "",
    }
    modules = loaded("from trial.web.app import create_app\ncreate_app()", **environ)
    assert "flask" in modules
    assert not modules & set(HEAVY)
