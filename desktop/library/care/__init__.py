"""Care of the data folder: its lock, a doctor, tidying, backups put back, and forgetting it all."""
