"""Tests of the computed tables for other programs."""
