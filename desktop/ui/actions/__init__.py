"""What a person can do, and how it is done."""
