"""The main window: its parts, and how they speak to each other."""
