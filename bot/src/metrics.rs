//! The recorder behind `/metrics`.

use std::sync::OnceLock;

use anyhow::Context as _;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Installs the recorder of this process, once; gives the handle that renders it.
///
/// # Errors
/// When another recorder was installed before.
pub fn install() -> anyhow::Result<PrometheusHandle> {
    if let Some(handle) = RECORDER.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new().install_recorder().context("installing the metrics recorder")?;
    Ok(RECORDER.get_or_init(|| handle).clone())
}
