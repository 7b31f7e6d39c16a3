"""The sans-IO core: the Realtime API as pure functions of events and time."""
