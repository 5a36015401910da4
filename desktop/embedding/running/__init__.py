"""How networks run on this computer: on which device, with which numbers, in what process."""
