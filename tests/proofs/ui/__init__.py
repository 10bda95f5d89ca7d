"""The UI, started by its command and attacked over real sockets."""
