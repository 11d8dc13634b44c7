//! Observations in, domain crates applied, results stored and given out, per site
