//! Files on the stand-in's server: uploads with an id, a type found in their bytes and a path to fetch them.

use axum::body::Bytes;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::error::ApiError;

/// What the first bytes say a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    Jpeg,
    Gif,
    Webp,
    Mp4,
    Other,
}

impl Format {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0x89, b'P', b'N', b'G', ..] => Self::Png,
            [0xff, 0xd8, 0xff, ..] => Self::Jpeg,
            [b'G', b'I', b'F', b'8', ..] => Self::Gif,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::Webp,
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Self::Mp4,
            _ => Self::Other,
        }
    }

    pub(crate) fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Mp4 => "video/mp4",
            Self::Other => "application/octet-stream",
        }
    }

    pub(crate) fn is_picture(self) -> bool {
        !matches!(self, Self::Mp4 | Self::Other)
    }
}

/// A stored file.
#[derive(Debug, Clone)]
pub(crate) struct StoredFile {
    pub(crate) id: String,
    /// The same for the same bytes.
    pub(crate) unique_id: String,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) format: Format,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) bytes: Bytes,
}

impl StoredFile {
    pub(crate) fn new(serial: usize, folder: &str, name: &str, bytes: Bytes) -> Result<Self, ApiError> {
        if bytes.is_empty() {
            return Err(ApiError::bad("file must be non-empty"));
        }
        let format = Format::of(&bytes);
        let (width, height) = dimensions(format, &bytes).unwrap_or((0, 0));
        let digest = Sha1::digest(&bytes);
        let unique_id = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let extension = name.rsplit_once('.').map_or("bin", |(_, extension)| extension);
        let extension: String = extension.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        Ok(Self {
            id: format!("AgACAgQAAxkB{serial:08}"),
            unique_id,
            name: name.to_owned(),
            path: format!("{folder}/file_{serial}.{extension}"),
            format,
            width,
            height,
            bytes,
        })
    }

    /// The rules for something sent as a photo.
    pub(crate) fn check_photo(&self) -> Result<(), ApiError> {
        if !self.format.is_picture() || self.width == 0 || self.height == 0 {
            return Err(ApiError::bad("IMAGE_PROCESS_FAILED"));
        }
        if self.bytes.len() > 10 * 1024 * 1024 {
            return Err(ApiError::bad("file is too big"));
        }
        let (short, long) = (self.width.min(self.height), self.width.max(self.height));
        if short + long > 10_000 || long > short * 20 {
            return Err(ApiError::bad("PHOTO_INVALID_DIMENSIONS"));
        }
        Ok(())
    }

    pub(crate) fn mime(&self) -> &'static str {
        match self.format {
            Format::Other if self.name.ends_with(".csv") => "text/csv",
            Format::Other if self.name.ends_with(".json") => "application/json",
            Format::Png | Format::Jpeg | Format::Gif | Format::Webp | Format::Mp4 | Format::Other => self.format.mime(),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "file_id": self.id,
            "file_unique_id": self.unique_id,
            "file_size": self.bytes.len(),
            "file_path": self.path,
        })
    }
}

fn dimensions(format: Format, bytes: &[u8]) -> Option<(u32, u32)> {
    match format {
        Format::Png => Some((u32::from_be_bytes(take(bytes, 16)?), u32::from_be_bytes(take(bytes, 20)?))),
        Format::Gif => Some((u16::from_le_bytes(take(bytes, 6)?).into(), u16::from_le_bytes(take(bytes, 8)?).into())),
        Format::Jpeg => jpeg_dimensions(bytes),
        // Sizes of these are not needed by anything the bot sends; any positive number serves the schema.
        Format::Webp | Format::Mp4 => Some((320, 240)),
        Format::Other => None,
    }
}

/// Walks the segments to the first start-of-frame.
fn jpeg_dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let [marker, kind] = take(bytes, at)?;
        if marker != 0xff {
            return None;
        }
        if matches!(kind, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf) {
            let height = u16::from_be_bytes(take(bytes, at + 5)?);
            let width = u16::from_be_bytes(take(bytes, at + 7)?);
            return Some((width.into(), height.into()));
        }
        at += 2 + usize::from(u16::from_be_bytes(take(bytes, at + 2)?));
    }
}

fn take<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_from_the_headers_and_survives_cut_files() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x03\x20\0\0\x01\xc2";
        assert_eq!(dimensions(Format::of(png), png), Some((800, 450)));
        let gif = b"GIF89a\x40\x01\xf0\x00";
        assert_eq!(dimensions(Format::of(gif), gif), Some((320, 240)));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x64\0\xc8";
        assert_eq!(dimensions(Format::of(jpeg), jpeg), Some((200, 100)));
        for whole in [&png[..], &gif[..], &jpeg[..]] {
            for end in 0..whole.len() {
                let _ = dimensions(Format::of(&whole[..end]), &whole[..end]);
            }
        }
    }
}
