"""The process evaluation: the register of employers, draws from it, and what the logs add up to."""

import lazy_loader

# What reads frames is loaded when it is used: the pages start without it.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["draw", "employers", "logs", "reading", "results", "reviews", "voices"],
)
