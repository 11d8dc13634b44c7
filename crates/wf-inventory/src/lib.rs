//! Evidence to assets, roles, levels and zones
