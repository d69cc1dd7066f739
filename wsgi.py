"""What a WSGI server loads: the application of this instance."""

import gc

from trial.web.app import create_app

app = create_app()
# What is loaded by now stays: a collection that looks at it each time makes one page in twenty slow.
gc.collect()
gc.freeze()
