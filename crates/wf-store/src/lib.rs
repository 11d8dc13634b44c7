//! What is kept: the state that people work with ([`state::State`], SQL) and the lake of observations ([`lake::Lake`],
//! Delta tables). Neither knows what the rows mean.

pub mod lake;
pub mod state;

pub use lake::{Lake, LakeError, Waiting};
pub use state::{Changes, State, StateError};
