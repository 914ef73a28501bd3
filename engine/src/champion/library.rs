//! The folders models are kept in, one a version.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::predict::{Ensemble, ModelError, Predictor};
use crate::settings::ModelSettings;
use crate::store::ModelRow;

/// Files of a model folder that are carried along.
const FILES: [&str; 4] = ["ensemble.onnx", "manifest.json", "golden.json", "MODEL_CARD.md"];
/// Folder a trainer works in, before anything of it is believed.
const INCOMING: &str = "incoming";
/// Folder of the last model that was refused, to be looked at.
const REFUSED: &str = "refused";
/// Longest name of a version that becomes the name of a folder.
const NAME_LIMIT: usize = 80;

/// Where the shipped model and the retrained ones are.
#[derive(Debug, Clone)]
pub struct Library {
    shipped: PathBuf,
    folder: PathBuf,
}

impl Library {
    /// The folders of the settings.
    #[must_use]
    pub fn new(settings: &ModelSettings) -> Self {
        Self { shipped: settings.shipped.clone(), folder: settings.library.clone() }
    }

    /// Folder of the shipped model.
    #[must_use]
    pub fn shipped(&self) -> &Path {
        &self.shipped
    }

    /// An empty folder for a trainer to write to: always the same one, so that complaints about it are always the same.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn incoming(&self) -> io::Result<PathBuf> {
        let incoming = self.folder.join(INCOMING);
        remove(&incoming)?;
        std::fs::create_dir_all(&incoming)?;
        Ok(incoming)
    }

    /// Moves what a trainer wrote to the folder of its version. A leftover of that name that no row speaks of is replaced.
    ///
    /// # Errors
    /// When the name is not fit for a folder, or the system refuses.
    pub fn admit(&self, incoming: &Path, version: &str) -> io::Result<PathBuf> {
        let home = self.home(version)?;
        remove(&home)?;
        std::fs::rename(incoming, &home)?;
        Ok(home)
    }

    /// Moves a model that is refused to where it can be looked at, in place of the one refused before.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn set_aside(&self, incoming: &Path) -> io::Result<PathBuf> {
        let place = self.folder.join(REFUSED);
        remove(&place)?;
        // A trainer may have left nothing at all.
        if incoming.exists() {
            std::fs::rename(incoming, &place)?;
        }
        Ok(place)
    }

    /// Copies the shipped model beside the others, so that it can be gone back to when a newer one is shipped. Does
    /// nothing for a version that is kept there already.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn keep_shipped_version(&self, row: &ModelRow) -> io::Result<()> {
        let home = self.home(&row.version)?;
        if home.is_dir() || load_from(&self.shipped, &row.version, &row.sha256).is_err() {
            return Ok(());
        }
        let partial = self.folder.join(format!("{}.partial", row.version));
        remove(&partial)?;
        std::fs::create_dir_all(&partial)?;
        for file in FILES {
            let from = self.shipped.join(file);
            if from.exists() {
                std::fs::copy(from, partial.join(file))?;
            }
        }
        std::fs::rename(partial, home)
    }

    /// A version whose graph has this SHA-256, wherever it is kept; `None` when it is not at hand. Computes for a while.
    #[must_use]
    pub fn find(&self, version: &str, sha256: &str) -> Option<Arc<dyn Predictor>> {
        let folders = [self.home(version).ok(), Some(self.shipped.clone())];
        folders.into_iter().flatten().find_map(|folder| load_from(&folder, version, sha256).ok())
    }

    /// Loads a version from the first of its possible folders that holds it: where it was put, beside the others, or as
    /// shipped. Computes for a while.
    ///
    /// # Errors
    /// Why the folder it was put in does not give it.
    pub fn load(&self, row: &ModelRow) -> Result<Arc<dyn Predictor>, ModelError> {
        let first = match load_from(&row.path, &row.version, &row.sha256) {
            Ok(model) => return Ok(model),
            Err(error) => error,
        };
        self.find(&row.version, &row.sha256).ok_or(first)
    }

    fn home(&self, version: &str) -> io::Result<PathBuf> {
        if is_fit_name(version) {
            return Ok(self.folder.join(version));
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, "the version's name is not fit for a folder"))
    }
}

/// A version's name becomes the name of a folder: letters, digits, `.`, `_` and `-`, not beginning with a dot, and none of
/// our own.
pub(super) fn is_fit_name(version: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=NAME_LIMIT).contains(&version.len())
        && version.chars().all(fits)
        && !version.starts_with('.')
        && !version.ends_with(".partial")
        && ![INCOMING, REFUSED].contains(&version)
}

fn load_from(folder: &Path, version: &str, sha256: &str) -> Result<Arc<dyn Predictor>, ModelError> {
    let model = Ensemble::load(folder)?;
    let info = model.info();
    if info.version != version {
        return Err(ModelError::Replaced { expected: version.to_owned(), found: info.version });
    }
    if info.sha256 != sha256 {
        return Err(ModelError::Hash { expected: sha256.to_owned(), found: info.sha256 });
    }
    Ok(Arc::new(model))
}

fn remove(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_become_folders() {
        for name in ["v5-2026-04-10-772d58c3", "a", "A_b.c"] {
            assert!(is_fit_name(name), "{name}");
        }
        let long = "x".repeat(NAME_LIMIT + 1);
        for name in
            ["", ".", "..", "../x", "a/b", ".hidden", "incoming", "refused", "x.partial", "näh", "a b", "a\0", &long]
        {
            assert!(!is_fit_name(name), "{name}");
        }
    }
}
