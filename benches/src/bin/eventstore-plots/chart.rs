use std::path::Path;

use plotters::prelude::{
    BLACK, ChartBuilder, Color, IntoDrawingArea, IntoSegmentedCoord, PathElement, RGBColor, Rectangle, SVGBackend,
    SegmentValue, WHITE,
};

use crate::Result;
use crate::line::Bar;

const OURS: RGBColor = RGBColor(43, 108, 176);
const REFERENCE: RGBColor = RGBColor(190, 190, 190);

const WIDTH: u32 = 820;
const HEIGHT_OF_BAR: u32 = 24;
/// The title, the axis and the margins.
const HEIGHT_OF_REST: u32 = 100;

/// Draws the bars from top to bottom, ours with a line from the least to the greatest figure.
pub(crate) fn draw(title: &str, bars: &[Bar], path: &Path) -> Result<()> {
    let count = i32::try_from(bars.len())?;
    let height = HEIGHT_OF_BAR * u32::try_from(bars.len())? + HEIGHT_OF_REST;
    let area = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let greatest = bars.iter().map(|bar| bar.spread.max).fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(280)
        .build_cartesian_2d(0.0..greatest * 1.05, (0..count - 1).into_segmented())?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .x_desc("events/s")
        .x_labels(6)
        .x_label_formatter(&|rate| format!("{rate:.0}"))
        .y_labels(bars.len())
        .y_label_formatter(&|row| label(bars, row))
        .draw()?;
    // The topmost row has the greatest number.
    for (row, bar) in (0..count).rev().zip(bars) {
        let color = if bar.is_reference { REFERENCE } else { OURS };
        let corners = [
            (0.0, SegmentValue::Exact(row)),
            (bar.spread.median, SegmentValue::Exact(row + 1)),
        ];
        let mut rectangle = Rectangle::new(corners, color.filled());
        rectangle.set_margin(4, 4, 0, 0);
        chart.draw_series([rectangle])?;
        let spread = [bar.spread.min, bar.spread.max].map(|rate| (rate, SegmentValue::CenterOf(row)));
        chart.draw_series([PathElement::new(spread, BLACK)])?;
    }
    area.present()?;
    Ok(())
}

fn label(bars: &[Bar], row: &SegmentValue<i32>) -> String {
    let SegmentValue::CenterOf(row) = row else {
        return String::new();
    };
    let from_top = usize::try_from(*row)
        .ok()
        .and_then(|row| bars.len().checked_sub(row + 1));
    from_top
        .and_then(|index| bars.get(index))
        .map_or_else(String::new, |bar| bar.label.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Spread;

    #[test]
    fn a_plot_names_its_bars() {
        let bar = |label: &str, is_reference| Bar {
            label: label.to_owned(),
            spread: Spread {
                min: 1.0,
                median: 2.0,
                max: 3.0,
            },
            is_reference,
        };
        let path = std::env::temp_dir().join(format!("plot-{}.svg", std::process::id()));
        draw("read", &[bar("compact", false), bar("L0", true)], &path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        for word in ["read", "compact", "L0", "events/s"] {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
}
