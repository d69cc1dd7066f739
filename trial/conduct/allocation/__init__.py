"""The allocation of the clusters by two people: frozen, committed, drawn, revealed, redone by anyone."""
