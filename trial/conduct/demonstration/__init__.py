"""The demonstration: an invented trial played through the same acts as a real one."""
