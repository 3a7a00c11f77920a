//! What is on the other side of standard output.

use std::io::{self, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};

/// Headings.
pub(crate) const HEADING: Style = Style::new().bold().underline();
/// Names that can be typed.
pub(crate) const NAME: Style = AnsiColor::Cyan.on_default().bold();
/// What matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Where there is no terminal: what fits a page.
const WIDTH: usize = 100;

/// Whether standard output is a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether standard output shows colours: a terminal, and neither `NO_COLOR` nor `TERM=dumb`.
pub(crate) fn has_colors() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Columns that tables have to fit into: those of the terminal, or `COLUMNS`. Otherwise there is no limit: programs read the lines.
pub(crate) fn width() -> Option<usize> {
    (is_terminal() || std::env::var_os("COLUMNS").is_some()).then(|| size().0)
}

/// Columns and rows of the terminal. `COLUMNS` counts where there is none.
pub(crate) fn size() -> (usize, usize) {
    match terminal_size::terminal_size() {
        Some((width, height)) if is_terminal() => (usize::from(width.0).max(40), usize::from(height.0).max(10)),
        _ => {
            let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
            (columns.unwrap_or(WIDTH).clamp(40, 1000), 30)
        }
    }
}

/// Writes text, colours stripped where they are not shown.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes bytes as they are.
pub(crate) fn print_bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Writes the body of an answer as it came; to a terminal as text that cannot steer it, with an end of line.
pub(crate) fn print_body(body: &[u8]) -> io::Result<()> {
    if is_terminal() { print_bytes(clean_lines(&String::from_utf8_lossy(body)).as_bytes()) } else { print_bytes(body) }
}

/// As [`clean`], line by line.
pub(crate) fn clean_lines(text: &str) -> String {
    let mut lines: String = text.lines().map(|line| clean(line) + "\n").collect();
    if lines.is_empty() {
        lines.push('\n');
    }
    lines
}

/// Text of a service as it can be shown: control characters, which could steer the terminal, are spelled out.
pub(crate) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => clean.push(' '),
            c if c.is_control() => clean.extend(c.escape_default()),
            c => clean.push(c),
        }
    }
    clean
}

/// Text in lines that fit, each with an indent. Paragraphs stay apart.
pub(crate) fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let indent = " ".repeat(indent);
    let mut lines = Vec::new();
    for (index, paragraph) in text.trim().split("\n\n").enumerate() {
        if index > 0 {
            lines.push(String::new());
        }
        // lists keep their lines, all else flows
        let flows = !paragraph.lines().any(|line| line.trim_start().starts_with(['-', '*', '|']));
        let paragraph =
            if flows { paragraph.split_whitespace().collect::<Vec<_>>().join(" ") } else { paragraph.to_owned() };
        let options = textwrap::Options::new(width).initial_indent(&indent).subsequent_indent(&indent);
        lines.extend(textwrap::wrap(&paragraph, options).into_iter().map(|line| line.trim_end().to_owned()));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}\nb"), "a\\u{1b}[31mred\\u{7} b");
        assert_eq!(clean("深圳"), "深圳");
    }

    #[test]
    fn bodies_keep_their_lines() {
        assert_eq!(clean_lines("<a>\r\n\t<b/>\n</a>\u{1b}[2J"), "<a>\n <b/>\n</a>\\u{1b}[2J\n");
        assert_eq!(clean_lines(""), "\n");
    }

    #[test]
    fn paragraphs_flow_and_stay_apart() {
        assert_eq!(wrapped("one two\nthree\n\nfour", 2, 11), "  one two\n  three\n\n  four");
    }
}
