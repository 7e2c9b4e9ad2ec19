"""The one command, five-chief."""
