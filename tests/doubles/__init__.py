"""Doubles of outside services on loopback, stricter than the real ones."""
