//! From a plan to the fill it becomes.

pub use engine_core::paper::fill_of;
