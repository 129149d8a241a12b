use maud::{Markup, html};

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 90.0;

/// A line over time, drawn on the server. The class says how large it is shown.
pub(super) fn line(values: &[f64], class: &str, description: &str) -> Markup {
    let points = points(values);
    html! {
        svg class=(class) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label=(description) {
            @if let (Some(line), Some(area)) = (polyline(&points), area(&points)) {
                path.fill d=(area) {}
                path.line d=(line) {}
            }
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a plot has some hundred points"
)]
fn points(values: &[f64]) -> Vec<(f64, f64)> {
    let greatest = values.iter().copied().fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let step = WIDTH / values.len().saturating_sub(1).max(1) as f64;
    let place = |(index, value): (usize, &f64)| (index as f64 * step, HEIGHT - 3.0 - value / greatest * (HEIGHT - 8.0));
    values.iter().enumerate().map(place).collect()
}

fn polyline(points: &[(f64, f64)]) -> Option<String> {
    let texts: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
    (texts.len() > 1).then(|| format!("M{}", texts.join("L")))
}

fn area(points: &[(f64, f64)]) -> Option<String> {
    polyline(points).map(|line| format!("{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z"))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a plot needs no more than 53 bits"
)]
pub(super) fn approximately(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_value_is_at_the_top_and_zero_at_the_bottom() {
        let points = points(&[0.0, 5.0, 10.0]);
        assert_eq!(points, [(0.0, 87.0), (150.0, 46.0), (300.0, 5.0)]);
        assert_eq!(polyline(&points).unwrap(), "M0.0 87.0L150.0 46.0L300.0 5.0");
    }

    #[test]
    fn fewer_than_two_values_are_no_line() {
        assert_eq!(polyline(&points(&[1.0])), None);
        assert!(!line(&[], "area", "nothing").into_string().contains("path"));
    }
}
