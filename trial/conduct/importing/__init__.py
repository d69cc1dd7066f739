"""Tables that people send, taken into forms and logs: looked at first, then all of them or none."""
