"""The backend as a process: its message loop, jobs and their progress, and the client that starts it."""
