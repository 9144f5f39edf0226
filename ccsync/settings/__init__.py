"""Settings: from a YAML text to checked values, or to all its faults at once."""
