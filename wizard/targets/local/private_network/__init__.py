"""A network namespace of Linux in which a rehearsal's processes reach only loopback, and what a gateway relays."""
