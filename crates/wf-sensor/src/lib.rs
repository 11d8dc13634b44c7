//! Capture, workers, and aggregation into observations
