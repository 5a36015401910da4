"""What is read and written within a transaction of the caller: a module for each subject."""
