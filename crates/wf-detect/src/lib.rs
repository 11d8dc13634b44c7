//! Baseline, policy and rules to findings
