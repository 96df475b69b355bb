"""Keys instead of people, and the guard that lets nobody through."""
