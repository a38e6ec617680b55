"""What runs beside the web: the doorbell to the workers, and the notices to developers."""
