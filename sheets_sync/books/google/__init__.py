"""The Google kind of book."""
