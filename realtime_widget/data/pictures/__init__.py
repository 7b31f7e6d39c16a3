"""Pictures of a conversation; matplotlib is imported when one is asked for."""
