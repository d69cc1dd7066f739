"""How it is seen: the only room that knows Flask; ``trial.web.app`` makes the application."""
