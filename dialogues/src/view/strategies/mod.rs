//! The strategies: what each asks for, what else it could ask for, and what that would have come to.

mod compare;
mod figures;
mod pages;
mod trial;
mod tune;
mod values;

pub(super) use compare::compare;
pub(super) use pages::{list, one, reset, top_up};
pub(super) use trial::trial;
pub(super) use tune::tune;
pub(super) use values::{name, range_words};
