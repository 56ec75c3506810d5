"""`modelserver loadtest`: how a server answers a load, measured as its callers would feel it."""
