"""The line of one clinic: read what people typed, pull sources, join, write the book."""
