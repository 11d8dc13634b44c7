//! State over SQL and the event lake over Delta tables
