"""Where production is: the contract of a target, the rehearsal on this machine, and Railway."""
