"""How the packages are made: what goes in, the licences and the list of contents beside it."""
