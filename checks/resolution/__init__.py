"""The simulated resolver: what a client would get, hop by hop, each hop with the object that decided it."""
