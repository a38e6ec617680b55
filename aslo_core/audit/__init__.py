"""What an auditor asks of the log itself, which alone is believed: what happened, and whether it stands as it was written."""
