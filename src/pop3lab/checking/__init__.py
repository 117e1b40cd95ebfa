"""Running the cases with a client: calibration, runs, and the report."""
