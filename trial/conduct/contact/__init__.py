"""Contact with participants between visits: attempts, wishes, the next step, and who is lost."""
