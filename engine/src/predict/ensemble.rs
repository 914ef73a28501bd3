//! The shipped ensemble, run by tract in this process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use engine_core::anchoring::confidence;
use engine_core::features::{FEATURE_NAMES, FeatureVector};
use engine_core::prediction::Prediction;
use engine_core::probability::Probability;
use tract_onnx::prelude::*;

use super::error::ModelError;
use super::manifest::{Golden, Manifest, ModelInfo, read};
use super::{Predictor, operator};

/// How far Rust and Python may be apart on a golden row.
const GOLDEN_TOLERANCE: f64 = 1e-5;

/// A model that was loaded and proved itself on its golden rows.
pub struct Ensemble {
    plan: Arc<TypedRunnableModel>,
    info: ModelInfo,
}

/// The graph's answer for one row.
struct RawOutput {
    final_probability: f64,
    learners: Vec<f64>,
}

impl Ensemble {
    /// Loads `ensemble.onnx`, `manifest.json` and `golden.json` of a directory and checks hash, feature version, feature
    /// names and every golden row.
    ///
    /// # Errors
    /// [`ModelError`]: what is missing or does not match. Nothing is kept of a refused model.
    pub fn load(dir: impl AsRef<Path>) -> Result<Self, ModelError> {
        let dir = dir.as_ref();
        if !dir.is_dir() {
            return Err(ModelError::Missing(dir.to_owned()));
        }
        let manifest = Manifest::parse(&read(dir, Manifest::FILE)?)?;
        let graph = read(dir, "ensemble.onnx")?;
        manifest.check_hash(&graph)?;
        let golden = Golden::parse(&read(dir, "golden.json")?, &manifest.learners)?;
        let ensemble = Self { plan: build_plan(&graph)?, info: manifest.into() };
        ensemble.check_golden(&golden)?;
        Ok(ensemble)
    }

    fn check_golden(&self, golden: &Golden) -> Result<(), ModelError> {
        let rows: Vec<FeatureVector> = golden.rows.iter().map(|row| feature_vector(&row.features)).collect();
        for (index, (row, output)) in golden.rows.iter().zip(self.run(&rows)?).enumerate() {
            let learners = self.info.learners.iter().zip(&output.learners);
            let compared = learners
                .map(|(name, &found)| (name.as_str(), row.learners.get(name).copied(), found))
                .chain([("final", Some(row.final_probability), output.final_probability)]);
            for (what, expected, found) in compared {
                let expected = expected.unwrap_or(f64::NAN);
                let close = (expected - found).abs() <= GOLDEN_TOLERANCE;
                if !close {
                    let what = what.to_owned();
                    return Err(ModelError::Golden { row: index + 1, what, expected, found });
                }
            }
        }
        Ok(())
    }

    /// Runs the graph on a batch; the outputs are not judged here.
    fn run(&self, rows: &[FeatureVector]) -> Result<Vec<RawOutput>, ModelError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        #[allow(clippy::cast_possible_truncation)] // the graph computes in f32
        let values: Vec<f32> = rows.iter().flat_map(|row| row.0.iter().map(|&value| value as f32)).collect();
        let learners = self.info.learners.len();
        let (finals, bases) = guarded(|| {
            let input = Tensor::from_shape(&[rows.len(), FEATURE_NAMES.len()], &values)?;
            let outputs = self.plan.run(tvec!(input.into_tvalue()))?;
            Ok((column(&outputs, 0, &[rows.len(), 1])?, column(&outputs, 1, &[rows.len(), learners])?))
        })?;
        let outputs = finals.iter().zip(bases.chunks(learners)).map(|(&last, base)| RawOutput {
            final_probability: f64::from(last),
            learners: base.iter().map(|&p| f64::from(p)).collect(),
        });
        Ok(outputs.collect())
    }

    fn judge(&self, output: RawOutput) -> Result<Prediction, ModelError> {
        let refused = |what: &str, value: f64| ModelError::Output { what: what.to_owned(), value: value.to_string() };
        for (name, &p) in self.info.learners.iter().zip(&output.learners) {
            Probability::new(p).ok_or_else(|| refused(name, p))?;
        }
        let probability =
            Probability::new(output.final_probability).ok_or_else(|| refused("final", output.final_probability))?;
        Ok(Prediction { probability, confidence: confidence(&output.learners), learners: output.learners })
    }
}

impl Predictor for Ensemble {
    fn predict_each(&self, rows: &[FeatureVector]) -> Result<Vec<Result<Prediction, ModelError>>, ModelError> {
        let outputs = rows.iter().zip(self.run(rows)?);
        Ok(outputs.map(|(row, output)| check_price(row).and_then(|()| self.judge(output))).collect())
    }

    fn info(&self) -> ModelInfo {
        self.info.clone()
    }
}

impl std::fmt::Debug for Ensemble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ensemble").field("version", &self.info.version).finish_non_exhaustive()
    }
}

/// The graph clips the price, and a clipped NaN is a number: a missing price has to be caught here.
fn check_price(row: &FeatureVector) -> Result<(), ModelError> {
    let price = row.0.first().copied().unwrap_or(f64::NAN);
    Probability::new(price).map(|_| ()).ok_or_else(|| ModelError::Price { value: price.to_string() })
}

fn build_plan(graph: &[u8]) -> Result<Arc<TypedRunnableModel>, ModelError> {
    guarded(|| {
        let mut onnx = onnx();
        operator::register(&mut onnx);
        let mut bytes = graph;
        let model = onnx.model_for_read(&mut bytes)?;
        let batch = model.sym("N");
        let shape = [batch.to_dim(), FEATURE_NAMES.len().to_dim()];
        let model = model.with_input_fact(0, f32::fact(shape).into())?;
        model.into_optimized()?.into_runnable()
    })
}

/// tract meant for trusted files: a graph that makes it panic is refused like one that makes it fail.
fn guarded<T>(work: impl FnOnce() -> TractResult<T>) -> Result<T, ModelError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(ModelError::Graph(format!("{error:#}"))),
        Err(_) => Err(ModelError::Graph("the runtime broke on it".to_owned())),
    }
}

fn column(outputs: &[TValue], index: usize, shape: &[usize]) -> TractResult<Vec<f32>> {
    let Some(output) = outputs.get(index) else {
        return Err(TractError::msg(format!("it has no output {index}")));
    };
    if output.shape() != shape {
        return Err(TractError::msg(format!("output {index} has shape {:?}, expected {shape:?}", output.shape())));
    }
    Ok(output.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
}

fn feature_vector(values: &[Option<f64>]) -> FeatureVector {
    let mut row = FeatureVector([f64::NAN; FEATURE_NAMES.len()]);
    for (slot, value) in row.0.iter_mut().zip(values) {
        *slot = value.unwrap_or(f64::NAN);
    }
    row
}
