//! Findings to consequence: what a finding would do to production, safety and money, how urgent it is, and its place in
//! the one list. Pure: facts in, figures out, each with the calculation behind it.

mod assess;
mod figures;
pub mod plant;
mod relations;

pub use assess::{Assessed, Weight, assess, order};
pub use relations::Relations;
