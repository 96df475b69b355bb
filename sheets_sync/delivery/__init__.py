"""How a message reaches people, outside: a file a kind of [[notify]], one line each in `CHANNELS`."""
