"""The other dialogs."""
