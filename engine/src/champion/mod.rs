//! Champion and challenger: which model serves, how a new one is made, and how it may take over.
//!
//! Every version is a folder and a row of the store; the row says which one serves. A new version is trained on what had
//! ended by a moment, compared with the champion on events that began after it, and serves only if it is better by more
//! than luck explains. The owner is told either way and may overrule.

mod compare;
mod decide;
mod library;
mod overdue;
mod retrain;
mod serve;
mod split;
mod trainer;
mod trouble;

pub use compare::compare;
pub use decide::ModelDecision;
pub use library::Library;
pub use overdue::RetrainState;
pub use retrain::{Progress, RetrainError, Retrained, Stage};
pub use serve::serving_model;
pub use split::Split;
pub use trainer::{Trainer, TrainerError};
