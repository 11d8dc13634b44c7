"""Servers of the company's machines, each in a thread whose sockets belong to the machine."""
