//! Time series in the terminal.

use kuva::backend::terminal::TerminalBackend;
use kuva::plot::legend::LegendPosition;
use kuva::render::render::render_multiple;
use kuva::render::theme::Theme;

use super::plot::{COLORS, Style, label, layout, plots};
use crate::series::Panel;

/// Draws panels below each other. Without colours lines cannot be told apart, so each gets a chart of its own.
pub(crate) fn render(panels: Vec<Panel>, size: (usize, usize), colors: bool) -> String {
    let panels: Vec<Panel> = if colors { panels } else { panels.into_iter().flat_map(Panel::split).collect() };
    let (columns, rows) = size;
    let height = if panels.len() == 1 { rows.saturating_sub(4).clamp(12, 24) } else { 16 };
    let mut text = String::new();
    for panel in &panels {
        text.push_str(&draw(panel, columns.min(160), height, colors));
    }
    text
}

fn draw(panel: &Panel, columns: usize, height: usize, colors: bool) -> String {
    let plots = plots(panel, Style::Terminal);
    let legend = if panel.lines.len() > 1 || panel.lines.iter().any(|line| line.name != panel.title) {
        panel.lines.len()
    } else {
        0
    };
    let legend = if colors { legend } else { 0 };
    // a vertical axis title would cover the numbers
    let title = match &panel.unit {
        Some(unit) if panel.title.is_empty() => unit.clone(),
        Some(unit) => format!("{} ({unit})", panel.title),
        None => panel.title.clone(),
    };
    let rows = height + legend;
    let mut layout = layout(panel, &plots, columns / 16)
        .with_title(label(&title))
        .with_theme(theme())
        .with_legend_box(false)
        .with_legend_position(LegendPosition::OutsideBottomCenter)
        .with_width(columns as f64 * 9.0)
        .with_height(rows as f64 * 18.0)
        .with_term_rows(u32::try_from(rows).unwrap_or(u32::MAX));
    if legend == 0 {
        layout.show_legend = false;
    }
    let scene = render_multiple(plots, layout);
    let drawn = own_colors(&TerminalBackend::new(columns, rows).render_scene(&scene));
    let mut text = String::new();
    let mut blank = 0;
    for line in drawn.lines().map(str::trim_end) {
        if line.is_empty() || line == RESET {
            blank += 1;
            continue;
        }
        // blank lines only between what is drawn
        text.push_str(&"\n".repeat(blank.min(1)));
        blank = 0;
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text
}

const RESET: &str = "\u{1b}[0m";

/// The colour of all that is no line: no line has it.
const TEXT: &str = "#010203";

fn theme() -> Theme {
    Theme {
        text_color: TEXT.into(),
        axis_color: TEXT.into(),
        tick_color: TEXT.into(),
        show_grid: false,
        ..Theme::light()
    }
}

/// The colours of the terminal in place of exact ones: they can be read on its background, and every terminal has them.
fn own_colors(text: &str) -> String {
    let sequence = |color: &str| {
        let part =
            |at: usize| color.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or_default();
        format!("\u{1b}[38;2;{};{};{}m", part(1), part(3), part(5))
    };
    let mut text = text.replace(&sequence(TEXT), "\u{1b}[39m");
    for (color, own) in COLORS.iter().zip([34, 33, 32, 31, 35, 36, 94, 93, 92, 91, 95, 96]) {
        text = text.replace(&sequence(color), &format!("\u{1b}[{own}m"));
    }
    text
}
