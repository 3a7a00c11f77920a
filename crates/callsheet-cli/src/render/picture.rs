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
