use hdrhistogram::Histogram;
use serde::Serialize;

/// The figures of the repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Spread {
    pub(crate) min: u64,
    pub(crate) median: u64,
    pub(crate) max: u64,
}

/// How long calls took, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Latency {
    pub(crate) p50: u64,
    pub(crate) p95: u64,
    pub(crate) p99: u64,
    pub(crate) max: u64,
}

impl Spread {
    pub(crate) fn of(figures: &[f64]) -> Self {
        Self {
            min: whole(figures.iter().copied().fold(f64::INFINITY, f64::min)),
            median: whole(median(figures)),
            max: whole(figures.iter().copied().fold(0.0, f64::max)),
        }
    }
}

impl Latency {
    /// The median of the turns for each quantile, so that a fast turn with its many calls does not decide for all; the longest call
    /// of any turn.
    pub(crate) fn of_turns(turns: &[Self]) -> Self {
        let middle = |quantile: fn(&Self) -> u64| {
            let figures: Vec<_> = turns.iter().map(|turn| float(quantile(turn))).collect();
            whole(median(&figures))
        };
        Self {
            p50: middle(|turn| turn.p50),
            p95: middle(|turn| turn.p95),
            p99: middle(|turn| turn.p99),
            max: turns.iter().map(|turn| turn.max).max().unwrap_or(0),
        }
    }
}

impl From<&Histogram<u64>> for Latency {
    fn from(latencies: &Histogram<u64>) -> Self {
        Self {
            p50: latencies.value_at_quantile(0.5),
            p95: latencies.value_at_quantile(0.95),
            p99: latencies.value_at_quantile(0.99),
            max: latencies.max(),
        }
    }
}

/// The figure in the middle, or the mean of the two there; 0 if there is none.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle.wrapping_sub(1)), sorted.get(middle)) {
        (Some(below), Some(above)) if sorted.len().is_multiple_of(2) => f64::midpoint(*below, *above),
        (_, Some(middle)) => *middle,
        _ => 0.0,
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a figure needs no more digits than a float has"
)]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are positive, and far below the bound at which the conversion saturates"
)]
fn whole(figure: f64) -> u64 {
    figure.round() as u64
}

/// The figure with this many digits after the point.
pub(crate) fn rounded(figure: f64, digits: u8) -> f64 {
    let unit = 10_f64.powi(i32::from(digits));
    (figure * unit).round() / unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median(&[9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 9.0, 2.0]) - 3.0).abs() < f64::EPSILON);
        assert!((median(&[7.0]) - 7.0).abs() < f64::EPSILON);
        assert!(median(&[]).abs() < f64::EPSILON);
    }

    #[test]
    fn a_spread_is_told_in_whole_numbers() {
        let expected = Spread {
            min: 1,
            median: 3,
            max: 9,
        };
        assert_eq!(Spread::of(&[2.6, 9.4, 1.0]), expected);
    }

    #[test]
    fn latencies_are_told_by_quantiles() {
        let mut latencies = crate::measure::slice::latencies();
        (1..=1_000).for_each(|micros| latencies.saturating_record(micros));
        let expected = Latency {
            p50: 500,
            p95: 950,
            p99: 990,
            max: 1_000,
        };
        assert_eq!(Latency::from(&latencies), expected);
    }

    #[test]
    fn latencies_of_turns_are_their_medians_and_the_longest() {
        let turn = |p50, max| Latency {
            p50,
            p95: 2 * p50,
            p99: 3 * p50,
            max,
        };
        let expected = turn(20, 900);
        assert_eq!(
            Latency::of_turns(&[turn(10, 900), turn(40, 200), turn(20, 100)]),
            expected
        );
    }

    #[test]
    fn rounding_keeps_the_digits_asked_for() {
        assert!((rounded(1.2345, 2) - 1.23).abs() < f64::EPSILON);
        assert!((rounded(15.5, 0) - 16.0).abs() < f64::EPSILON);
    }
}
