//! The commands as scripts see them: the real binary against stand-in servers on loopback.

mod doctor;
mod export;
mod harness;
mod measure;
mod migrate;
mod recomputed;
mod scan;
mod secrets;
mod served;
mod settings;
