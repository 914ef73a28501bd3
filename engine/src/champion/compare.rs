//! Champion and challenger on the same rows.

use engine_core::features::FeatureVector;
use engine_core::pipeline::posterior;
use engine_core::prediction::{Prediction, SignalSource};
use engine_core::scoring::{Duel, PairedForecast, duel};

use crate::dataset::TrainingRow;
use crate::predict::{ModelError, Predictor};

/// Seed of the bootstrap: the same rows always give the same verdict.
const BOOTSTRAP_SEED: u64 = 20_261_124;
/// Rows forecast at once.
const BATCH: usize = 4_096;

/// Lets both models forecast the rows, anchors each forecast as the bot does with `damping`, and compares them. A row the
/// champion has no forecast for is left out. `None` without rows. `progress` hears how many rows are done. Computes for a
/// while.
///
/// # Errors
/// What is wrong with the challenger: a row for which it gives no probability although the champion does. A model that
/// fails on recorded markets would fail on live ones. Also when a batch as a whole cannot be run.
pub fn compare(
    champion: &dyn Predictor,
    challenger: &dyn Predictor,
    rows: &[TrainingRow<'_>],
    damping: f64,
    progress: &mut dyn FnMut(usize),
) -> Result<Option<Duel>, ModelError> {
    let mut pairs = Vec::with_capacity(rows.len());
    for batch in rows.chunks(BATCH) {
        let features: Vec<FeatureVector> = batch.iter().map(|row| row.features).collect();
        let ours = champion.predict_each(&features)?.into_iter();
        let theirs = challenger.predict_each(&features)?;
        for (row, (ours, theirs)) in batch.iter().zip(ours.zip(theirs)) {
            let Ok(ours) = ours else { continue };
            let theirs = theirs?;
            let anchored = |said: &Prediction| posterior(SignalSource::Ensemble, row.market_price, said, damping);
            let said = anchored(&ours).zip(anchored(&theirs));
            if let Some((champion, challenger)) = said {
                pairs.push(PairedForecast {
                    cluster: row.event.clone(),
                    champion: champion.get(),
                    challenger: challenger.get(),
                    market: row.market_price,
                    outcome: row.outcome,
                });
            }
        }
        progress(pairs.len());
    }
    Ok(duel(&pairs, BOOTSTRAP_SEED))
}
