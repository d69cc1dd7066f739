"""Safety: the log of what happened, its clocks, who was told, and how it went on."""
