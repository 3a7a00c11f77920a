//! Time series as pictures, with a font of their own: no system fonts are needed.

use kuva::backend::raster::RasterBackend;
use kuva::backend::svg::SvgBackend;
use kuva::render::figure::Figure;
use kuva::render::render::Scene;

use super::plot::{Style, label, layout, plots, y_label};
use crate::exit::{Code, Failure};
use crate::series::Panel;

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 340.0;
/// More panels than this make a picture that nobody can look at.
pub(crate) const MOST_PANELS: usize = 24;
/// Pixels per unit of the SVG.
const SCALE: f32 = 2.0;

/// The panels below each other as an SVG document.
pub(crate) fn svg(panels: &[Panel], title: &str) -> String {
    SvgBackend.render_scene(&scene(panels, title))
}

/// The panels below each other as the bytes of a PNG file.
pub(crate) fn png(panels: &[Panel], title: &str) -> Result<Vec<u8>, Failure> {
    RasterBackend::new()
        .with_scale(SCALE)
        .render_scene(&scene(panels, title))
        .map_err(|error| Failure::new(Code::Answer, format!("the picture cannot be drawn: {error}")))
}

fn scene(panels: &[Panel], title: &str) -> Scene {
    let panels = panels.get(..MOST_PANELS).unwrap_or(panels);
    // the same room for each legend, so that the axes stand below each other
    let names = panels.iter().flat_map(|panel| &panel.lines).map(|line| line.name.chars().count());
    let legend = names.max().unwrap_or_default() as f64 * 7.5 + 45.0;
    let (plots, layouts) = panels
        .iter()
        .map(|panel| {
            let plots = plots(panel, Style::Picture);
            let layout = layout(panel, &plots, 9)
                .with_title(label(&panel.title))
                .with_title_size(14)
                .with_y_label(y_label(panel))
                .with_legend_width(legend);
            (plots, layout)
        })
        .unzip();
    Figure::new(panels.len(), 1)
        .with_title(label(title))
        .with_cell_size(WIDTH, HEIGHT)
        .with_plots(plots)
        .with_layouts(layouts)
        .render()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, FixedOffset};

    use super::*;
    use crate::render::chart;
    use crate::series::Line;

    fn panel(values: &[Option<f64>], seconds: i64) -> Panel {
        let zone = FixedOffset::east_opt(0).unwrap();
        let time = |i: usize| DateTime::from_timestamp(1_545_813_900 + i as i64 * seconds, 0).unwrap();
        let points: Vec<_> = values.iter().enumerate().map(|(i, value)| (time(i), *value)).collect();
        let span = Some((time(0), time(values.len() - 1)));
        let lines = vec![Line { name: "a $b$ \u{1b}[31m".to_owned(), points }];
        Panel { title: "<&>".to_owned(), unit: Some("B/s".to_owned()), zone, span, lines }
    }

    /// What servers may send: every one of these has to be drawn somehow, and quickly.
    #[test]
    fn odd_values_are_drawn() {
        let cases: [&[Option<f64>]; 9] = [
            &[Some(5.0)],
            &[Some(0.0), Some(0.0)],
            &[Some(-3.0), Some(-3.0), Some(-3.0)],
            &[Some(1e300), Some(-1e300)],
            &[Some(1e-300), Some(2e-300)],
            &[Some(1e15), Some(1e15 + 1.0)],
            &[None, Some(1.0), None, Some(f64::MAX), None],
            &[Some(f64::MIN_POSITIVE)],
            &[Some(9_007_199_254_740_993.0), Some(0.1)],
        ];
        for case in cases {
            let png = png(&[panel(case, 300)], "t").unwrap();
            assert!(png.starts_with(b"\x89PNG"), "{case:?}");
            for seconds in [1, 300, 86_400, 86_400 * 365 * 50] {
                let svg = svg(&[panel(case, seconds)], "t");
                assert!(svg.starts_with("<svg") && svg.contains("B/s"), "{case:?}");
                assert!(!svg.contains('\u{1b}') && !svg.contains("NaN"), "{case:?} every {seconds} s: {svg}");
                for colors in [true, false] {
                    let chart = chart::render(vec![panel(case, seconds)], (80, 24), colors);
                    assert!(chart.contains("B/s"), "{case:?}\n{chart}");
                }
            }
        }
    }
}
