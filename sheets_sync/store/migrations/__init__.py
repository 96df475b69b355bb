"""Alembic's scripts; migrate.py runs them."""
