"""What a file, its name and the files beside it say of a photo: when, where, with what."""
