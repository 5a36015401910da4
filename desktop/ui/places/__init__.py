"""Where the person is, and what is asked there."""
