"""Clients: connections that machines keep to each other. Called inside the acting machine's namespace."""
