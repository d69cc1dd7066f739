"""What people do in a trial: one function for each act."""
