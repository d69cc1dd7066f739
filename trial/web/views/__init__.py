"""One file a topic, each with a ``blueprint``; the application finds them here by itself."""
