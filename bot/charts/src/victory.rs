//! Small animations for wins, drawn by us. The same number always gives the same bytes.

use std::collections::HashMap;

use gif::{DisposalMethod, Encoder, Frame, Repeat};

use crate::DrawError;
use crate::canvas::{Align, Canvas, Type};
use crate::raster::pixels;

/// Width of an animation in pixels.
pub const VICTORY_WIDTH: u32 = 320;
/// Height of an animation in pixels.
pub const VICTORY_HEIGHT: u32 = 200;

const FRAMES: u16 = 24;
const CENTISECONDS_A_FRAME: u16 = 8;
const BACKGROUND: &str = "#131b27";
const HUES: [&str; 6] = ["#5ab4f0", "#f2a93b", "#4ade80", "#e879c7", "#f4e04d", "#f1f5f9"];
const WORDS: [&str; 6] = ["Won", "Paid out", "Well called", "In the money", "Right side", "That's one"];

type Scene = fn(&mut Canvas, &Seed, f64);

const SCENES: [Scene; 4] = [confetti, coins, rising_line, rockets];

/// An animated GIF of [`VICTORY_WIDTH`] × [`VICTORY_HEIGHT`]; `pick` chooses scene, words and layout.
///
/// # Errors
/// [`DrawError`] when the pixels or the file cannot be made.
pub fn victory_gif(pick: u64) -> Result<Vec<u8>, DrawError> {
    let seed = Seed(pick);
    let scene = SCENES[index(pick, SCENES.len())];
    let words = WORDS[index(seed.number(0), WORDS.len())];
    let mut quantiser = Quantiser::new();
    let mut file = Vec::new();
    {
        let (width, height) = (side(VICTORY_WIDTH), side(VICTORY_HEIGHT));
        let encode = |error: gif::EncodingError| DrawError::Encode(error.to_string());
        let mut encoder = Encoder::new(&mut file, width, height, &quantiser.bytes()).map_err(encode)?;
        encoder.set_repeat(Repeat::Infinite).map_err(encode)?;
        let mut before: Option<Vec<u8>> = None;
        for number in 0..FRAMES {
            let time = f64::from(number) / f64::from(FRAMES - 1);
            let whole = quantiser.frame(&pixels(&frame_svg(scene, &seed, words, time))?);
            let shown = before.as_ref().map_or_else(|| whole.clone(), |before| changes(before, &whole));
            let hold = if number + 1 == FRAMES { 120 } else { CENTISECONDS_A_FRAME };
            let frame = Frame {
                width,
                height,
                delay: hold,
                dispose: DisposalMethod::Keep,
                transparent: Some(TRANSPARENT),
                buffer: shown.into(),
                ..Frame::default()
            };
            encoder.write_frame(&frame).map_err(encode)?;
            before = Some(whole);
        }
    }
    Ok(file)
}

fn side(pixels: u32) -> u16 {
    u16::try_from(pixels).unwrap_or(u16::MAX)
}

fn index(number: u64, len: usize) -> usize {
    usize::try_from(number % len as u64).unwrap_or(0)
}

fn frame_svg(scene: Scene, seed: &Seed, words: &str, time: f64) -> String {
    let mut canvas = Canvas::blank(VICTORY_WIDTH, VICTORY_HEIGHT);
    let (w, h) = (f64::from(VICTORY_WIDTH), f64::from(VICTORY_HEIGHT));
    canvas.raw(&format!(r#"<rect width="{w}" height="{h}" fill="{BACKGROUND}"/>"#));
    scene(&mut canvas, seed, time);
    let grown = (time * 3.0).min(1.0);
    let size = 18.0 + 16.0 * (1.0 - (1.0 - grown) * (1.0 - grown));
    let style = Type::new((size * 2.0).round() / 2.0, HUES[5], Align::Middle).bold();
    canvas.raw(&format!(
        r#"<text x="160" y="112" font-size="{}" font-weight="bold" text-anchor="middle" fill="none" stroke="{BACKGROUND}" stroke-width="7" stroke-linejoin="round">{}</text>"#,
        style.size,
        crate::text::xml(words)
    ));
    canvas.text(w / 2.0, 112.0, style, words);
    canvas.text(w / 2.0, 190.0, Type::new(12.0, "#8496ad", Align::Middle), "PAPER · oddsmith");
    canvas.finish()
}

/// Numbers that look random but depend only on the pick and on which one is asked for.
struct Seed(u64);

impl Seed {
    /// SplitMix64 (Steele, Lea, Flood 2014) of the seed and an index.
    fn number(&self, which: u64) -> u64 {
        let mut z = self.0.wrapping_add(which.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Between 0 and 1.
    fn share(&self, which: u64) -> f64 {
        let sixteen_bits = u16::try_from(self.number(which) >> 48).unwrap_or(0);
        f64::from(sixteen_bits) / f64::from(u16::MAX)
    }

    fn hue(&self, which: u64) -> &'static str {
        HUES[index(self.number(which), HUES.len())]
    }
}

fn confetti(canvas: &mut Canvas, seed: &Seed, time: f64) {
    for piece in 0..46 {
        let key = 10 + piece * 5;
        let fall = 0.6 + seed.share(key) * 0.9;
        let y = -30.0 - seed.share(key + 1) * 90.0 + time * fall * 300.0;
        let sway = (time * 9.0 + seed.share(key + 2) * 6.0).sin() * 10.0;
        let x = seed.share(key + 3) * f64::from(VICTORY_WIDTH) + sway;
        let turn = seed.share(key + 2) * 360.0 + time * 500.0 * (seed.share(key) - 0.5);
        let flat = 2.0 + 5.0 * (time * 12.0 + seed.share(key + 1) * 6.0).sin().abs();
        canvas.raw(&format!(
            r#"<rect x="-5" y="{:.1}" width="10" height="{flat:.1}" fill="{}" transform="translate({x:.1} {y:.1}) rotate({turn:.0})"/>"#,
            -flat / 2.0,
            seed.hue(key + 4)
        ));
    }
}

fn coins(canvas: &mut Canvas, seed: &Seed, time: f64) {
    for coin in 0..14u8 {
        let key = 10 + u64::from(coin) * 3;
        let t = time * 1.5 - f64::from(coin) * 0.035;
        if t < 0.0 {
            continue;
        }
        let speed = 250.0 + seed.share(key) * 130.0;
        let x = 160.0 + (f64::from(coin) - 6.5) * 9.0 + (seed.share(key + 1) - 0.5) * 260.0 * t;
        let y = 196.0 - speed * t + 260.0 * t * t;
        let squash = (t * 9.0 + seed.share(key + 2) * 3.0).cos().abs().max(0.12);
        canvas.raw(&format!(
            r##"<ellipse cx="{x:.1}" cy="{y:.1}" rx="{:.1}" ry="13" fill="#f2a93b"/><ellipse cx="{x:.1}" cy="{y:.1}" rx="{:.1}" ry="9" fill="#f4e04d"/>"##,
            13.0 * squash,
            9.0 * squash
        ));
    }
}

fn rising_line(canvas: &mut Canvas, seed: &Seed, time: f64) {
    let steps: u32 = 32;
    let shown = time.min(0.8) / 0.8;
    let mut points = Vec::new();
    for step in 0..=steps {
        let share = f64::from(step) / f64::from(steps);
        if share > shown + 1e-9 {
            break;
        }
        let noise = (seed.share(20 + u64::from(step)) - 0.5) * 26.0 * (1.0 - share);
        points.push((20.0 + share * 280.0, 166.0 - share * share * 128.0 + noise));
    }
    let Some(last) = points.last().copied() else {
        return;
    };
    let mut area = points.clone();
    area.extend([(last.0, 172.0), (20.0, 172.0)]);
    canvas.polygon(&area, HUES[2], 0.2);
    canvas.polyline(&points, crate::canvas::Stroke::solid(HUES[2], 4.0));
    let pulse = 6.0 + 4.0 * (time * 20.0).sin().abs();
    canvas.circle(last, pulse, HUES[4], 1.0);
}

fn rockets(canvas: &mut Canvas, seed: &Seed, time: f64) {
    for rocket in 0..4u8 {
        let key = 10 + u64::from(rocket) * 40;
        let start = f64::from(rocket) * 0.16;
        let (x, top) = (50.0 + f64::from(rocket) * 73.0, 40.0 + seed.share(key) * 40.0);
        let t = (time - start) / 0.2;
        if t < 0.0 {
            continue;
        }
        if t < 1.0 {
            let y = 200.0 - (200.0 - top) * (1.0 - (1.0 - t) * (1.0 - t));
            canvas.line((x, y + 16.0), (x, y), crate::canvas::Stroke::solid(HUES[5], 3.0));
            continue;
        }
        let age = (t - 1.0) / 2.2;
        if age >= 1.0 {
            continue;
        }
        let reach = 52.0 * (1.0 - (1.0 - age) * (1.0 - age));
        for spark in 0..16u8 {
            let angle = f64::from(spark) / 16.0 * std::f64::consts::TAU + seed.share(key + 1);
            let far = reach * (0.75 + 0.25 * seed.share(key + 2 + u64::from(spark)));
            let centre = (x + angle.cos() * far, top + angle.sin() * far + 24.0 * age * age);
            canvas.circle(centre, 4.5 * (1.0 - age) + 1.2, seed.hue(key + 1), 1.0);
        }
    }
}

const TRANSPARENT: u8 = 0;
const SHADES: u16 = 6;

/// Maps pixels to a fixed palette: each hue in steps from the background, so that edges stay smooth.
struct Quantiser {
    colours: Vec<[u8; 3]>,
    known: HashMap<[u8; 3], u8>,
}

impl Quantiser {
    fn new() -> Self {
        let back = parse(BACKGROUND);
        let mut colours = vec![[0, 0, 0], back];
        for hue in HUES.into_iter().map(parse) {
            for shade in 1..=SHADES {
                colours.push([0, 1, 2].map(|c| blend(back[c], hue[c], shade)));
            }
        }
        Self { colours, known: HashMap::new() }
    }

    fn bytes(&self) -> Vec<u8> {
        self.colours.concat()
    }

    fn frame(&mut self, picture: &resvg::tiny_skia::Pixmap) -> Vec<u8> {
        picture.pixels().iter().map(|p| self.nearest([p.red(), p.green(), p.blue()])).collect()
    }

    fn nearest(&mut self, colour: [u8; 3]) -> u8 {
        if let Some(index) = self.known.get(&colour) {
            return *index;
        }
        let distance =
            |other: &[u8; 3]| -> u32 { colour.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum() };
        let best = (1u8..).zip(&self.colours[1..]).min_by_key(|(_, other)| distance(other)).map_or(1, |found| found.0);
        self.known.insert(colour, best);
        best
    }
}

fn parse(hex: &str) -> [u8; 3] {
    let channel = |at: usize| hex.get(at..at + 2).and_then(|h| u8::from_str_radix(h, 16).ok()).unwrap_or(0);
    [channel(1), channel(3), channel(5)]
}

fn blend(from: u8, to: u8, shade: u16) -> u8 {
    let mixed = (u16::from(from) * (SHADES - shade) + u16::from(to) * shade) / SHADES;
    u8::try_from(mixed).unwrap_or(u8::MAX)
}

/// Only what differs from the frame before; the rest is left transparent, which packs well.
fn changes(before: &[u8], after: &[u8]) -> Vec<u8> {
    before.iter().zip(after).map(|(b, a)| if a == b { TRANSPARENT } else { *a }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scene_is_a_small_animation_of_the_stated_size() {
        for pick in 0..SCENES.len() as u64 {
            let bytes = victory_gif(pick).unwrap();
            crate::raster::tests::keep(&format!("victory-{pick}.gif"), &bytes);
            assert!(bytes.len() < 150_000, "{pick}: {} bytes", bytes.len());
            let mut options = gif::DecodeOptions::new();
            options.set_color_output(gif::ColorOutput::Indexed);
            let mut decoder = options.read_info(bytes.as_slice()).unwrap();
            assert_eq!((u32::from(decoder.width()), u32::from(decoder.height())), (VICTORY_WIDTH, VICTORY_HEIGHT));
            let mut frames = 0;
            let mut moved = 0;
            while let Some(frame) = decoder.read_next_frame().unwrap() {
                frames += 1;
                moved += usize::from(frame.buffer.iter().any(|pixel| *pixel != TRANSPARENT));
            }
            assert_eq!(frames, usize::from(FRAMES));
            assert!(moved > 15, "{pick}: only {moved} frames move");
        }
    }

    #[test]
    fn the_same_pick_gives_the_same_bytes_and_another_does_not() {
        assert_eq!(victory_gif(7).unwrap(), victory_gif(7).unwrap());
        assert_ne!(victory_gif(3).unwrap(), victory_gif(7).unwrap());
        assert!(victory_gif(u64::MAX).is_ok());
    }
}
