//! Text for SVG: made safe, and cut to a width.

/// Escapes for XML and drops what cannot be shown or would disturb the line: controls, bidi and zero-width marks.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|c| is_plain(*c)) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{ffff}' | '\u{61c}')
}

/// What of a foreign name the embedded fonts can draw, without blanks around it: their letters are Latin, Greek and
/// Cyrillic. Empty when there is nothing to see.
pub(crate) fn drawable(text: &str) -> String {
    let known = |c: &char| {
        matches!(c, '\u{20}'..='\u{7e}' | '\u{a0}'..='\u{17f}' | '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{45f}'
            | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{203a}' | '\u{20a0}'..='\u{20bf}')
    };
    text.chars().filter(|c| is_plain(*c)).filter(known).collect::<String>().trim().to_owned()
}

/// Width of a text in pixels, estimated from the embedded font's advances: never far off, never costly.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let ems: f64 = text.chars().filter(|c| is_plain(*c)).map(advance).sum();
    ems * size * if bold { 1.1 } else { 1.0 }
}

fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' => 0.28,
        ' ' | '.' | ',' | ':' | ';' | '!' | 'I' | 'f' | 't' | 'r' | '(' | ')' | '-' | '/' => 0.38,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '…' | '—' => 0.98,
        'A'..='Z' | '+' | '−' | '=' | '<' | '>' | '&' => 0.74,
        _ => 0.62,
    }
}

/// Cuts `text` to `max` pixels with an ellipsis.
pub(crate) fn fit(text: &str, max: f64, size: f64, bold: bool) -> String {
    if width(text, size, bold) <= max {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept, size, bold) + width("…", size, bold) > max {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

/// Breaks `text` between words into at most two lines of `max` pixels; the second ends in an ellipsis when it must.
pub(crate) fn two_lines(text: &str, max: f64, size: f64, bold: bool) -> Vec<String> {
    let mut first = String::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.peek() {
        let longer = if first.is_empty() { (*word).to_owned() } else { format!("{first} {word}") };
        if width(&longer, size, bold) > max {
            break;
        }
        first = longer;
        words.next();
    }
    let rest: String = words.collect::<Vec<_>>().join(" ");
    match (first.is_empty(), rest.is_empty()) {
        (_, true) => vec![first],
        (true, false) => vec![fit(&rest, max, size, bold)],
        (false, false) => vec![first, fit(&rest, max, size, bold)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_invisible_characters_do_no_harm() {
        assert_eq!(xml("<b>\"A&B\"\u{202e}\u{0}\u{200b}</b>"), "&lt;b&gt;&quot;A&amp;B&quot;&lt;/b&gt;");
    }

    #[test]
    fn long_titles_break_once_and_end_in_an_ellipsis() {
        let title =
            "Will the Federal Reserve cut rates by fifty basis points or more at its December meeting this year?";
        let lines = two_lines(title, 600.0, 34.0, true);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'), "{lines:?}");
        assert!(lines.iter().all(|line| width(line, 34.0, true) <= 600.0));
        assert_eq!(two_lines("Short?", 600.0, 34.0, true), ["Short?"]);
        assert_eq!(two_lines(&"x".repeat(500), 600.0, 34.0, true).len(), 1);
    }
}
