"""Commands that say how the library is, and prove that nothing leaves the machine."""
