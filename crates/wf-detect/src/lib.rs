//! Observations to findings: what was learned, what the policy allows, and the rules. Pure: batches in, findings out,
//! time from the batches alone.

mod detector;
mod policy;
mod rules;
mod scan;
mod story;
mod talks;
mod words;

pub use detector::{Detector, Settings};
pub use rules::{Case, Rule, RuleSet, documentation};
