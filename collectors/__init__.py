"""Ask the world, return facts: Azure's control plane, DNS servers, and files that hold what either said."""
