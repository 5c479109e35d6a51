"""Settings: computing, window, folders, keys, and what this program is."""
