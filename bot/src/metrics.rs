//! The recorder behind `/metrics`.

use std::sync::OnceLock;

use anyhow::Context as _;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

static RECORDER: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();

/// Installs the recorder of this process, once; gives the handle that renders it.
///
/// # Errors
/// When another recorder was installed before.
pub fn install() -> anyhow::Result<PrometheusHandle> {
    let installed =
        RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().map_err(|error| error.to_string()));
    installed.clone().map_err(anyhow::Error::msg).context("installing the metrics recorder")
}
