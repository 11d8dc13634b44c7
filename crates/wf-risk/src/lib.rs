//! Plant model, consequence and rank
