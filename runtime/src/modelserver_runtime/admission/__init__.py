"""Who may run, who waits, for how long, and how it all ends."""
