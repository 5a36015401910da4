"""Which models there are, where they lie, and making one."""
