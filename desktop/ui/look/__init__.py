"""How things look and read: colours, icons, small parts, wording."""
