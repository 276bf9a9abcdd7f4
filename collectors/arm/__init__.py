"""ARM's JSON: which resources are read and how, what is kept of them, and how they become nodes. No I/O."""
