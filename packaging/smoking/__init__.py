"""The parts of smoke_test.py: a root to run in, what is done there, and what was touched."""
