//! The program `oddsmith`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    bot::cli::main().await
}
