//! SVG text to pixels, with the embedded fonts only.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use thiserror::Error;

/// Why a picture could not be drawn. None of these depends on the facts drawn; they are reported, not expected.
#[derive(Debug, Error)]
pub enum DrawError {
    /// The SVG text we built is not valid.
    #[error("the picture's SVG is not valid: {0}")]
    Svg(String),
    /// No memory for the pixels.
    #[error("no room for a picture of {0} × {1} pixels")]
    Size(u32, u32),
    /// The file could not be encoded.
    #[error("the picture could not be encoded: {0}")]
    Encode(String),
}

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(include_bytes!("../assets/DejaVuSans.subset.ttf").to_vec());
    fonts.load_font_data(include_bytes!("../assets/DejaVuSans-Bold.subset.ttf").to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

/// Draws SVG text at its own size.
pub(crate) fn pixels(svg: &str) -> Result<Pixmap, DrawError> {
    let options = Options { font_family: "DejaVu Sans".to_owned(), fontdb: Arc::clone(&FONTS), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| DrawError::Svg(error.to_string()))?;
    let size = tree.size().to_int_size();
    let (width, height) = (size.width(), size.height());
    let mut pixmap = Pixmap::new(width, height).ok_or(DrawError::Size(width, height))?;
    resvg::render(&tree, Transform::identity(), &mut pixmap.as_mut());
    Ok(pixmap)
}

/// Draws SVG text and encodes it as PNG.
pub(crate) fn png(svg: &str) -> Result<Vec<u8>, DrawError> {
    pixels(svg)?.encode_png().map_err(|error| DrawError::Encode(error.to_string()))
}

#[cfg(test)]
pub(crate) mod tests {
    /// Writes a picture for a person to look at when `CHARTS_OUT` names a folder.
    pub(crate) fn keep(name: &str, bytes: &[u8]) {
        if let Some(folder) = std::env::var_os("CHARTS_OUT") {
            std::fs::write(std::path::Path::new(&folder).join(name), bytes).unwrap();
        }
    }
}
