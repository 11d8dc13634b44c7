//! What is kept: the state that people work with ([`state::State`], SQL), the lake of observations ([`lake::Lake`], Delta
//! tables) and the packets that they cite ([`evidence::Evidence`]). None of them knows what the rows mean.

pub mod evidence;
pub mod lake;
pub mod state;

pub use evidence::{Evidence, EvidenceError};
pub use lake::{Lake, LakeError, Waiting};
pub use state::{Changes, State, StateError};
