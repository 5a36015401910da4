"""Commands that ask for photos, and what they answer."""
