//! From panels to what the charting crate draws: the same for terminal and pictures.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use kuva::plot::{LinePlot, ScatterPlot};
use kuva::render::datetime::{DateTimeAxis, DateUnit};
use kuva::render::layout::{Layout, TickFormat};
use kuva::render::plots::Plot;

use crate::rows::zone_name;
use crate::series::Panel;

/// Colours that people with colour-blindness can tell apart (Okabe and Ito), then some more.
pub(crate) const COLORS: [&str; 12] = [
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#999933", "#882255", "#44aa99", "#aa4499",
    "#777777", "#6a3d9a",
];

/// Lines of so few points show each of them.
const MARKED: usize = 40;

/// Where it is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// With characters.
    Terminal,
    /// With points that are marked, and every second line dashed: lines that coincide are both seen.
    Picture,
}

/// The lines of a panel, in colours of their own.
pub(crate) fn plots(panel: &Panel, style: Style) -> Vec<Plot> {
    let mut plots = Vec::new();
    for (index, line) in panel.lines.iter().enumerate() {
        let color = COLORS[index % COLORS.len()];
        let mut name = Some(label(&line.name));
        for run in line.runs() {
            let points: Vec<(f64, f64)> = run.iter().map(|(time, value)| (x(panel, *time), *value)).collect();
            if points.len() > 1 {
                let mut plot = LinePlot::new().with_data(points.clone()).with_color(color).with_stroke_width(1.6);
                if style == Style::Picture && index % 2 == 1 {
                    plot = plot.with_dashed();
                }
                if let Some(name) = name.take() {
                    plot = plot.with_legend(name);
                }
                plots.push(plot.into());
            }
            // a point between two gaps is no line
            if points.len() == 1 || (style == Style::Picture && line.points.len() <= MARKED) {
                let mut plot = ScatterPlot::new()
                    .with_data(points)
                    .with_color(color)
                    .with_size(if style == Style::Picture { 2.5 } else { 5.0 });
                if let Some(name) = name.take() {
                    plot = plot.with_legend(name);
                }
                plots.push(plot.into());
            }
        }
    }
    plots
}

/// Axes of a panel: about `ticks` labels below, room for nothing but the points.
pub(crate) fn layout(panel: &Panel, plots: &[Plot], ticks: usize) -> Layout {
    let mut layout = Layout::auto_from_plots(plots).with_y_tick_format(TickFormat::Custom(Arc::new(short)));
    if let Some((low, high)) = panel.range() {
        // a rate begins at zero, unless that would flatten what is seen
        if low >= 0.0 && (low == high || low < high * 0.8) {
            layout = layout.with_y_axis_min(0.0);
        }
        if low == high {
            layout = layout.with_y_axis_max(if high == 0.0 { 1.0 } else { high + high.abs() * 0.25 });
        }
    }
    if let Some((first, last)) = panel.span {
        let (from, to) =
            if first == last { (first - TimeDelta::minutes(1), last + TimeDelta::minutes(1)) } else { (first, last) };
        let (axis, label) = time_axis(local(panel, from), local(panel, to), ticks, &zone_name(panel.zone));
        layout = layout
            .with_x_axis_min(x(panel, from))
            .with_x_axis_max(x(panel, to))
            .with_x_datetime(axis)
            .with_x_label(label);
    }
    layout
}

/// The unit, or what is measured where no unit is documented.
pub(crate) fn y_label(panel: &Panel) -> String {
    label(panel.unit.as_deref().unwrap_or(&panel.title))
}

/// A text as the charting crate shows it: `$` begins a formula there, and control characters have no picture.
pub(crate) fn label(text: &str) -> String {
    crate::terminal::clean(text).replace('\\', "\\\\").replace('$', "\\$")
}

fn local(panel: &Panel, time: DateTime<Utc>) -> NaiveDateTime {
    time.with_timezone(&panel.zone).naive_local()
}

/// The charting crate writes times as if they were UTC, so they are moved to the zone of the panel.
fn x(panel: &Panel, time: DateTime<Utc>) -> f64 {
    local(panel, time).and_utc().timestamp_millis() as f64 / 1000.0
}

/// Steps of a time axis that are easy to read, with their length in seconds.
const STEPS: [(DateUnit, usize, i64); 18] = [
    (DateUnit::Second, 1, 1),
    (DateUnit::Second, 5, 5),
    (DateUnit::Second, 15, 15),
    (DateUnit::Second, 30, 30),
    (DateUnit::Minute, 1, 60),
    (DateUnit::Minute, 5, 300),
    (DateUnit::Minute, 10, 600),
    (DateUnit::Minute, 15, 900),
    (DateUnit::Minute, 30, 1800),
    (DateUnit::Hour, 1, 3600),
    (DateUnit::Hour, 3, 10_800),
    (DateUnit::Hour, 6, 21_600),
    (DateUnit::Hour, 12, 43_200),
    (DateUnit::Day, 1, 86_400),
    (DateUnit::Day, 2, 172_800),
    (DateUnit::Day, 7, 604_800),
    (DateUnit::Month, 1, 2_592_000),
    (DateUnit::Month, 3, 7_776_000),
];

fn time_axis(from: NaiveDateTime, to: NaiveDateTime, ticks: usize, zone: &str) -> (DateTimeAxis, String) {
    let span = (to - from).num_seconds().max(1);
    let most = i64::try_from(ticks.max(2)).unwrap_or(i64::MAX);
    let step = STEPS.into_iter().find(|(_, _, seconds)| span / seconds <= most);
    let one_day = from.date() == to.date();
    let (unit, step, format) = match step {
        Some((unit @ DateUnit::Second, step, _)) => (unit, step, "%H:%M:%S"),
        Some((unit @ (DateUnit::Minute | DateUnit::Hour), step, _)) if one_day => (unit, step, "%H:%M"),
        Some((unit @ (DateUnit::Minute | DateUnit::Hour), step, _)) => (unit, step, "%m-%d %H:%M"),
        Some((unit @ DateUnit::Month, step, _)) => (unit, step, "%Y-%m"),
        Some((unit, step, _)) => (unit, step, "%m-%d"),
        None => (DateUnit::Year, 1, "%Y"),
    };
    let label = match one_day {
        true => format!("{}, {zone}", from.format("%Y-%m-%d")),
        false => format!("{} to {}, {zone}", from.format("%Y-%m-%d"), to.format("%Y-%m-%d")),
    };
    (DateTimeAxis { unit, step, format: format.to_owned() }, label)
}

/// `0`, `250`, `1.5k`, `20M`
fn short(value: f64) -> String {
    let magnitude = value.abs();
    let (divisor, suffix) = match magnitude {
        m if m >= 1e15 => return format!("{value:.1e}"),
        m if m >= 1e12 => (1e12, "T"),
        m if m >= 1e9 => (1e9, "G"),
        m if m >= 1e6 => (1e6, "M"),
        m if m >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let text = format!("{:.3}", value / divisor);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text {
        "-0" | "" => "0".to_owned(),
        text => format!("{text}{suffix}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let texts: Vec<String> = [0.0, -0.0, 250.0, 9000.0, 15_000.0, 1_500_000.0, 2e9, 3e12, 0.125].map(short).into();
        assert_eq!(texts, ["0", "0", "250", "9000", "15k", "1.5M", "2G", "3T", "0.125"]);
    }

    #[test]
    fn time_axes_have_few_round_labels() {
        let at = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        let axis = |from: &str, to: &str| {
            let (axis, label) = time_axis(at(from), at(to), 8, "UTC");
            (axis.step, axis.format, label)
        };
        let day = "2018-12-26, UTC".to_owned();
        assert_eq!(axis("2018-12-26 16:45", "2018-12-26 16:50"), (1, "%H:%M".to_owned(), day.clone()));
        assert_eq!(axis("2018-12-26 02:00", "2018-12-26 14:00"), (3, "%H:%M".to_owned(), day));
        let days = "2018-12-20 to 2018-12-27, UTC".to_owned();
        assert_eq!(axis("2018-12-20 00:00", "2018-12-27 00:00"), (1, "%m-%d".to_owned(), days));
        let years = "2010-01-01 to 2018-01-01, UTC".to_owned();
        assert_eq!(axis("2010-01-01 00:00", "2018-01-01 00:00"), (1, "%Y".to_owned(), years));
    }
}
