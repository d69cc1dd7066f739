"""Reminders: planned by the protocol's rules into the outbox, sent once each, and settled by people."""
