"""How the outside is asked: one HTTP session, limits, secrets, the clock."""
