"""The desktop and the command line; joins studies and engine."""
