//! all-MiniLM-L6-v2, run by tract in this process: 384 numbers for a sentence.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use thiserror::Error;
use tract_onnx::prelude::*;

use super::Embedder;
use super::wordpiece::WordPiece;

/// Pieces of a text that are read at most, short and long: titles and questions have some twenty. The graph is laid out
/// once for each, since its shapes cannot stay open, and shorter texts are filled up with pieces it does not look at.
const PIECES: [usize; 2] = [24, 64];
/// The files that were measured (`scripts/fetch-sentence-model.sh` fetches them); others are refused.
const FILES: [(&str, &str); 2] = [
    ("model.onnx", "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"),
    ("vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
];

/// Why the model cannot be used.
#[derive(Debug, Error)]
pub enum ModelError {
    /// A file is missing or cannot be read.
    #[error("{file} of the sentence model cannot be read")]
    File {
        /// Which.
        file: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not the one that was measured.
    #[error("{0} is not the file that was measured; fetch the sentence model again")]
    Hash(&'static str),
    /// The runtime cannot run it.
    #[error("the sentence model cannot be run: {0}")]
    Graph(String),
}

/// The model, ready to run.
#[derive(Clone)]
pub struct MiniLm(Arc<Inner>);

struct Inner {
    /// One for each of [`PIECES`].
    plans: [Arc<TypedRunnableModel>; 2],
    pieces: WordPiece,
}

impl std::fmt::Debug for MiniLm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MiniLm").finish_non_exhaustive()
    }
}

impl MiniLm {
    /// Loads `model.onnx` and `vocab.txt` of a folder and checks what they are.
    ///
    /// # Errors
    /// [`ModelError`]: what is missing or another.
    pub fn load(folder: &Path) -> Result<Self, ModelError> {
        let read = |(file, hash): (&'static str, &str)| {
            let bytes = std::fs::read(folder.join(file)).map_err(|source| ModelError::File { file, source })?;
            let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            if found == hash { Ok(bytes) } else { Err(ModelError::Hash(file)) }
        };
        let [graph, vocabulary] = FILES;
        let (graph, vocabulary) = (read(graph)?, read(vocabulary)?);
        let pieces = WordPiece::new(&String::from_utf8_lossy(&vocabulary)).ok_or(ModelError::Hash("vocab.txt"))?;
        let [short, long] = PIECES;
        Ok(Self(Arc::new(Inner { plans: [plan(&graph, short)?, plan(&graph, long)?], pieces })))
    }

    /// The vector of one text.
    ///
    /// # Errors
    /// [`ModelError::Graph`].
    pub fn vector(&self, text: &str) -> Result<Vec<f32>, ModelError> {
        let [short, long] = PIECES;
        let numbers = self.0.pieces.numbers(text, long);
        let [small, large] = &self.0.plans;
        let (length, plan) = if numbers.len() <= short { (short, small) } else { (long, large) };
        let states = guarded(|| {
            let filled = |values: &mut dyn Iterator<Item = i64>| {
                let values: Vec<i64> = values.chain(std::iter::repeat(0)).take(length).collect();
                Tensor::from_shape(&[1, length], &values).map(IntoTValue::into_tvalue)
            };
            let looked_at = filled(&mut numbers.iter().map(|_| 1))?;
            let inputs = tvec!(filled(&mut numbers.iter().copied())?, looked_at, filled(&mut std::iter::empty())?);
            let outputs = plan.run(inputs)?;
            let states = outputs.first().ok_or_else(|| TractError::msg("no output"))?;
            Ok(states.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
        })?;
        let width = states.len() / length;
        Ok(mean(states.get(..width * numbers.len()).unwrap_or(&states), numbers.len()))
    }
}

/// The graph laid out for texts of `length` pieces.
fn plan(graph: &[u8], length: usize) -> Result<Arc<TypedRunnableModel>, ModelError> {
    guarded(|| {
        // What the file says of its inner shapes names them otherwise.
        let reader = onnx().with_ignore_value_info(true).with_ignore_output_shapes(true);
        let mut bytes = graph;
        let model = reader.model_for_read(&mut bytes)?;
        let inputs = model.input_outlets()?.len();
        let fact = || i64::fact([1, length]).into();
        let model = (0..inputs).try_fold(model, |model, n| model.with_input_fact(n, fact()))?;
        model.into_optimized()?.into_runnable()
    })
}

/// The mean of the pieces' states, made length 1.
fn mean(states: &[f32], pieces: usize) -> Vec<f32> {
    let width = states.len() / pieces.max(1);
    let mut sum = vec![0.0_f32; width];
    for state in states.chunks_exact(width.max(1)) {
        for (sum, value) in sum.iter_mut().zip(state) {
            *sum += value;
        }
    }
    let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        for value in &mut sum {
            *value /= length;
        }
    }
    sum
}

/// tract is meant for trusted files: one that makes it panic is refused like one that makes it fail.
fn guarded<T>(work: impl FnOnce() -> TractResult<T>) -> Result<T, ModelError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(ModelError::Graph(format!("{error:#}"))),
        Err(_) => Err(ModelError::Graph("the runtime broke on it".to_owned())),
    }
}

#[async_trait]
impl Embedder for MiniLm {
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, String> {
        let (model, texts) = (self.clone(), texts.to_vec());
        let made = tokio::task::spawn_blocking(move || {
            texts.iter().map(|text| model.vector(text)).collect::<Result<Vec<_>, _>>()
        });
        let made = made.await.map_err(|_| "the sentence model broke".to_owned())?;
        made.map_err(|error| error.to_string())
    }
}
