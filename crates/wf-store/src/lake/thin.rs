//! A series made short enough to draw, in bounded memory and with every peak kept.

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, TimestampMicrosecondType};

/// Values of a series that are given out; of more, the least, the greatest and a gap of each stretch of time are kept.
pub(super) const SERIES_MAX: usize = 6_000;
/// Stretches, each of which may keep three values.
const STRETCHES: i64 = SERIES_MAX as i64 / 3;

/// A value at a time in microseconds; `None` where its quality is not good.
type Sample = (i64, Option<f64>);

#[derive(Clone, Copy, Default)]
pub(super) struct Stretch {
    least: Option<(i64, f64)>,
    greatest: Option<(i64, f64)>,
    gap: Option<i64>,
}

/// A series on its way.
pub(super) enum Thinned {
    /// All of it.
    Whole(Vec<Sample>),
    /// Stretches of equal length from the first time on.
    Stretches { first: i64, length: i64, stretches: Vec<Stretch> },
}

impl Thinned {
    pub(super) fn whole() -> Self {
        Self::Whole(Vec::new())
    }

    pub(super) fn between(first: i64, last: i64) -> Self {
        let length = last.saturating_sub(first) / STRETCHES + 1;
        Self::Stretches { first, length, stretches: vec![Stretch::default(); usize::try_from(STRETCHES).unwrap_or(1)] }
    }

    /// Adds rows of `ts`, `value`, `protocol`, `quality`, in any order.
    pub(super) fn add(&mut self, batch: &RecordBatch) {
        let [Some(ts), Some(value), Some(quality)] = ["ts", "value", "quality"].map(|name| batch.column_by_name(name)) else {
            return;
        };
        let (ts, value) = (ts.as_primitive_opt::<TimestampMicrosecondType>(), value.as_primitive_opt::<Float64Type>());
        let (Some(ts), Some(value)) = (ts, value) else { return };
        let good = |at: usize| super::query::value(quality.as_ref(), at) == "good";
        for (at, (ts, value)) in ts.iter().zip(value.iter()).enumerate() {
            let Some(ts) = ts else { continue };
            self.sample((ts, value.filter(|v| !v.is_nan() && good(at))));
        }
    }

    fn sample(&mut self, (ts, value): Sample) {
        match self {
            Self::Whole(all) => all.push((ts, value)),
            Self::Stretches { first, length, stretches } => {
                let at = usize::try_from(ts.saturating_sub(*first) / *length).unwrap_or(0).min(stretches.len() - 1);
                let Some(stretch) = stretches.get_mut(at) else { return };
                let Some(value) = value else {
                    stretch.gap.get_or_insert(ts);
                    return;
                };
                let (least, greatest) = (stretch.least.get_or_insert((ts, value)), stretch.greatest.get_or_insert((ts, value)));
                if value < least.1 {
                    *least = (ts, value);
                }
                if value > greatest.1 {
                    *greatest = (ts, value);
                }
            }
        }
    }

    /// Times in seconds, ascending, and values.
    pub(super) fn finish(self) -> (Vec<f64>, Vec<Option<f64>>) {
        let mut samples = match self {
            Self::Whole(all) => all,
            Self::Stretches { stretches, .. } => {
                let kept = |s: Stretch| {
                    let value = |(ts, value): (i64, f64)| (ts, Some(value));
                    [s.least.map(value), s.greatest.map(value), s.gap.map(|ts| (ts, None))]
                };
                stretches.into_iter().flat_map(kept).flatten().collect()
            }
        };
        samples.sort_by_key(|(ts, _)| *ts);
        samples.dedup();
        #[expect(clippy::cast_precision_loss, reason = "microseconds of this century fit a double to the microsecond")]
        let seconds = |ts: i64| ts as f64 / 1e6;
        samples.into_iter().map(|(ts, value)| (seconds(ts), value)).unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_and_gaps_stay() {
        let mut thinned = Thinned::between(0, 1_000_000);
        for ts in (0..=1_000_000).rev() {
            let value = match ts {
                500_123 => Some(99.0),
                700_001 => Some(-99.0),
                300_007 => None,
                _ => Some((ts % 7) as f64),
            };
            thinned.sample((ts, value));
        }
        let (times, values) = thinned.finish();
        assert!(times.is_sorted() && times.len() <= SERIES_MAX, "{}", times.len());
        let has = |ts: f64, value: Option<f64>| times.iter().zip(&values).any(|(t, v)| *t == ts && *v == value);
        assert!(has(0.500_123, Some(99.0)) && has(0.700_001, Some(-99.0)) && has(0.300_007, None));
    }

    #[test]
    fn a_short_series_stays_whole() {
        let mut thinned = Thinned::whole();
        for ts in [5, 3, 4] {
            thinned.sample((ts, Some(1.0)));
        }
        assert_eq!(thinned.finish().0, [3e-6, 4e-6, 5e-6]);
    }
}
