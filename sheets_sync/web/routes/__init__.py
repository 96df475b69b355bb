"""Routes of the web part: what is asked for at which address."""
