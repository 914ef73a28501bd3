//! A page of SVG under construction. Coordinates are pixels from the top left.

use std::fmt::Write as _;

use crate::palette::{BACKGROUND, BORDER, INK};
use crate::text::{two_lines, xml};
use crate::{HEIGHT, WIDTH};

/// Where a text is tied to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Start,
    Middle,
    End,
}

impl Align {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Type {
    pub(crate) size: f64,
    pub(crate) colour: &'static str,
    pub(crate) bold: bool,
    pub(crate) align: Align,
}

impl Type {
    pub(crate) const fn new(size: f64, colour: &'static str, align: Align) -> Self {
        Self { size, colour, bold: false, align }
    }
    pub(crate) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stroke {
    pub(crate) colour: &'static str,
    pub(crate) width: f64,
    /// Lengths of dash and gap; solid when `None`.
    pub(crate) dash: Option<&'static str>,
}

impl Stroke {
    pub(crate) const fn solid(colour: &'static str, width: f64) -> Self {
        Self { colour, width, dash: None }
    }
    pub(crate) const fn dashed(colour: &'static str, width: f64, dash: &'static str) -> Self {
        Self { colour, width, dash: Some(dash) }
    }
    fn attributes(self) -> String {
        let dash = self.dash.map(|dash| format!(r#" stroke-dasharray="{dash}""#)).unwrap_or_default();
        format!(r#"stroke="{}" stroke-width="{}"{dash}"#, self.colour, self.width)
    }
}

/// An SVG document that grows element by element.
#[derive(Debug)]
pub(crate) struct Canvas {
    body: String,
    width: u32,
    height: u32,
}

impl Canvas {
    /// A chart card: background, border, a title of one or two lines and a subtitle. Returns it with the y below them.
    pub(crate) fn card(title: &str, subtitle: &str, subtitle_colour: &'static str) -> (Self, f64) {
        let mut canvas = Self::blank(WIDTH, HEIGHT);
        let (width, height) = (f64::from(WIDTH), f64::from(HEIGHT));
        canvas.raw(&format!(
            r#"<rect x="1" y="1" width="{}" height="{}" rx="18" fill="{BACKGROUND}" stroke="{BORDER}" stroke-width="2"/>"#,
            width - 2.0,
            height - 2.0
        ));
        let mut y = 58.0;
        for line in two_lines(title, width - 80.0, 34.0, true) {
            canvas.text(40.0, y, Type::new(34.0, INK, Align::Start).bold(), &line);
            y += 42.0;
        }
        canvas.text(40.0, y, Type::new(26.0, subtitle_colour, Align::Start), subtitle);
        (canvas, y + 26.0)
    }

    /// An empty page.
    pub(crate) fn blank(width: u32, height: u32) -> Self {
        Self { body: String::new(), width, height }
    }

    /// Adds an element as it is; everything foreign in it must be escaped already.
    pub(crate) fn raw(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }

    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        self.raw(&format!(
            r#"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" {}/>"#,
            from.0,
            from.1,
            to.0,
            to.1,
            stroke.attributes()
        ));
    }

    pub(crate) fn rect(&mut self, corner: (f64, f64), size: (f64, f64), fill: &str, opacity: f64) {
        self.raw(&format!(
            r#"<rect x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}" fill="{fill}" fill-opacity="{opacity}"/>"#,
            corner.0,
            corner.1,
            size.0.max(0.0),
            size.1.max(0.0)
        ));
    }

    /// A rectangle with round ends.
    pub(crate) fn pill(&mut self, corner: (f64, f64), size: (f64, f64), fill: &str) {
        self.raw(&format!(
            r#"<rect x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}" rx="{:.1}" fill="{fill}"/>"#,
            corner.0,
            corner.1,
            size.0,
            size.1,
            size.1 / 2.0
        ));
    }

    pub(crate) fn circle(&mut self, centre: (f64, f64), radius: f64, fill: &str, opacity: f64) {
        self.raw(&format!(
            r#"<circle cx="{:.1}" cy="{:.1}" r="{radius:.1}" fill="{fill}" fill-opacity="{opacity}" stroke="{BACKGROUND}" stroke-width="2"/>"#,
            centre.0, centre.1
        ));
    }

    /// A line through points; nothing for fewer than two.
    pub(crate) fn polyline(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        if points.len() < 2 {
            return;
        }
        let list = point_list(points);
        self.raw(&format!(
            r#"<polyline points="{list}" fill="none" stroke-linejoin="round" stroke-linecap="round" {}/>"#,
            stroke.attributes()
        ));
    }

    /// A filled shape through points.
    pub(crate) fn polygon(&mut self, points: &[(f64, f64)], fill: &str, opacity: f64) {
        if points.len() < 3 {
            return;
        }
        let list = point_list(points);
        self.raw(&format!(r#"<polygon points="{list}" fill="{fill}" fill-opacity="{opacity}"/>"#));
    }

    pub(crate) fn text(&mut self, x: f64, y: f64, style: Type, words: &str) {
        let weight = if style.bold { r#" font-weight="bold""# } else { "" };
        self.raw(&format!(
            r#"<text x="{x:.1}" y="{y:.1}" font-size="{}" fill="{}" text-anchor="{}"{weight}>{}</text>"#,
            style.size,
            style.colour,
            style.align.as_str(),
            xml(words)
        ));
    }

    /// A text standing upright along a vertical axis.
    pub(crate) fn upright(&mut self, x: f64, y: f64, style: Type, words: &str) {
        self.raw(&format!(
            r#"<text x="0" y="0" transform="translate({x:.1} {y:.1}) rotate(-90)" font-size="{}" fill="{}" text-anchor="{}">{}</text>"#,
            style.size,
            style.colour,
            style.align.as_str(),
            xml(words)
        ));
    }

    /// The whole document.
    pub(crate) fn finish(self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" font-family=\"DejaVu Sans\">\n{body}</svg>\n",
            w = self.width,
            h = self.height,
            body = self.body
        )
    }
}

fn point_list(points: &[(f64, f64)]) -> String {
    let mut list = String::new();
    for (x, y) in points {
        let _ = write!(list, "{x:.1},{y:.1} ");
    }
    list.trim_end().to_owned()
}
