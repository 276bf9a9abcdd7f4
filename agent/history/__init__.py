"""What scheduled runs remember: the lives of findings, the events that follow, and what is still to be delivered."""
