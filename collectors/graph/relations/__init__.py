"""The relations of the estate by subject, each a part of `collectors.graph.estate.Estate`."""
