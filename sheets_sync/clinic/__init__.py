"""A clinic's file, and the folder of clinics."""
