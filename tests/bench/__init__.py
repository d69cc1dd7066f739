"""What `scripts/bench` measures: how long pages, saves and starts take, and how they grow."""
