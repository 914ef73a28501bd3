//! Files by id.

use serde_json::Value;

use crate::telegram::error::ApiError;
use crate::telegram::file::StoredFile;
use crate::telegram::request::Params;
use crate::telegram::state::State;

pub(super) fn get(state: &State, params: &Params) -> Result<Value, ApiError> {
    let id = params.text("file_id").unwrap_or_default();
    let file = state.files.iter().find(|file| file.id == id);
    file.map(StoredFile::to_json).ok_or_else(|| ApiError::bad("invalid file_id"))
}
