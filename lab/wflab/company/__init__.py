"""The emulated company: Northfield Water, its bottling line and the office that runs both."""
