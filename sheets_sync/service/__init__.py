"""The service: jobs, workers, telemetry."""
