"""What is known: the tables of the trial, and the trail of who changed what."""
