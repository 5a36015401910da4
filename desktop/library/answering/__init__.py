"""What answers a search: models, each with its index, and the engines that hold one."""
