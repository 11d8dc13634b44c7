"""The demo plant of Watchfloor: real protocol stacks in network namespaces."""
