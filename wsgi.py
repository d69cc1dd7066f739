"""What a WSGI server loads: the application of this instance."""

from trial.web.app import create_app

app = create_app()
