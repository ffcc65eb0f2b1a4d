//! Axes: linear from zero, or logarithmic when the values span too much for that.

/// Maps values to 0 (left, bottom) … 1 (right, top).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    Linear {
        top: f64,
        step: f64,
    },
    Log {
        low: f64,
        high: f64,
        /// Zero has no logarithm: it stands apart, at the very beginning.
        zero: bool,
    },
}

/// Where the logarithmic part begins when zero stands before it.
const AFTER_ZERO: f64 = 0.1;

impl Scale {
    /// For values of zero and more; logarithmic when the greatest is `span` times the least above zero.
    pub fn fit(values: impl Iterator<Item = f64> + Clone, span: f64) -> Self {
        let high = values.clone().fold(0.0, f64::max);
        let low = values
            .clone()
            .filter(|value| *value > 0.0)
            .fold(f64::INFINITY, f64::min);
        if low.is_finite() && high / low >= span {
            return Self::Log {
                low: nice(low, f64::floor),
                high: nice(high, f64::ceil),
                zero: values.clone().any(|value| value == 0.0),
            };
        }
        let high = if high > 0.0 { high } else { 1.0 };
        // Three to seven steps of 1, 2 or 5 times a power of ten.
        let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power(high / 5.0));
        let step = step.into_iter().find(|step| high / step <= 6.0).unwrap_or(high);
        Self::Linear {
            top: (high / step - 1e-9).ceil() * step,
            step,
        }
    }

    /// What an axis adds to its label.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Linear { .. } => "",
            Self::Log { .. } => " (logarithmic)",
        }
    }

    pub fn place(&self, value: f64) -> f64 {
        match *self {
            Self::Linear { top, .. } => value / top,
            Self::Log { low, high, zero } => {
                let start = if zero { AFTER_ZERO } else { 0.0 };
                if value <= 0.0 {
                    return 0.0;
                }
                start + (value / low).log10() / (high / low).log10() * (1.0 - start)
            }
        }
    }

    /// Values with a line and a label, ascending.
    pub fn ticks(&self) -> Vec<f64> {
        match *self {
            Self::Linear { top, step } => {
                let steps = (top / step).round() as u32;
                (0..=steps).map(|at| f64::from(at) * step).collect()
            }
            Self::Log { low, high, zero } => {
                let few = (high / low).log10() < 2.5;
                let digits: &[f64] = if few { &[1.0, 2.0, 5.0] } else { &[1.0] };
                let mut ticks = if zero { vec![0.0] } else { Vec::new() };
                let mut decade = power(low);
                while decade <= high * 1.001 {
                    let within = |tick: &f64| (low * 0.999..=high * 1.001).contains(tick);
                    ticks.extend(digits.iter().map(|digit| digit * decade).filter(within));
                    decade *= 10.0;
                }
                // The end has a label too, where there is room for it.
                if ticks.last().is_some_and(|last| self.place(*last) < 0.94) {
                    ticks.push(high);
                }
                ticks
            }
        }
    }
}

/// A value on an axis: `0.5`, `20`, `5k`, `1M`.
pub fn label(value: f64) -> String {
    let (value, sign) = match value {
        v if v >= 1e6 => (v / 1e6, "M"),
        v if v >= 1e3 => (v / 1e3, "k"),
        v => (v, ""),
    };
    // Steps such as 0.1 come with dust of their binary form.
    let text = format!("{value:.4}");
    format!("{}{sign}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The power of ten at or below a value above zero.
fn power(value: f64) -> f64 {
    10f64.powf((value.log10() + 1e-9).floor())
}

/// The next 1, 2, 5 or 10 times a power of ten, at or below (`floor`) or at or above (`ceil`).
fn nice(value: f64, round: fn(f64) -> f64) -> f64 {
    let base = power(value);
    let digit = value / base;
    let up = round(0.5) > 0.0;
    let digits = [1.0, 2.0, 5.0, 10.0];
    let found = if up {
        digits.into_iter().find(|nice| *nice >= digit * 0.999)
    } else {
        digits.into_iter().rfind(|nice| *nice <= digit * 1.001)
    };
    found.unwrap_or(10.0) * base
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    #[test]
    fn a_narrow_span_is_linear_from_zero() {
        let scale = Scale::fit([3.0, 9.7].into_iter(), 20.0);
        assert_eq!(scale, Scale::Linear { top: 10.0, step: 2.0 });
        assert_eq!(scale.ticks(), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert!(near(scale.place(5.0), 0.5));
        let flat = Scale::fit([0.0].into_iter(), 20.0);
        assert!(near(flat.place(0.0), 0.0) && flat.ticks().len() > 2);
        let many = Scale::fit([610_000.0].into_iter(), 20.0);
        assert_eq!(many.ticks().last().copied(), Some(800_000.0));
        let full = Scale::fit([10_000.0].into_iter(), 20.0);
        assert_eq!(full.ticks().last().copied(), Some(10_000.0));
    }

    #[test]
    fn a_wide_span_is_logarithmic() {
        let scale = Scale::fit([1.0, 20_000.0].into_iter(), 20.0);
        let high = 20_000.0;
        assert_eq!(
            scale,
            Scale::Log {
                low: 1.0,
                high,
                zero: false
            }
        );
        assert_eq!(scale.ticks(), [1.0, 10.0, 100.0, 1_000.0, 10_000.0, 20_000.0]);
        assert!(near(scale.place(1.0), 0.0) && near(scale.place(high), 1.0));
        assert!(near(scale.place(high.sqrt()), 0.5));
        let short = Scale::fit([0.4, 11.0].into_iter(), 20.0);
        let ticks: Vec<String> = short.ticks().into_iter().map(label).collect();
        assert_eq!(ticks, ["0.2", "0.5", "1", "2", "5", "10", "20"]);
    }

    #[test]
    fn zero_stands_before_a_logarithmic_scale() {
        let scale = Scale::fit([0.0, 10.0, 1_000.0].into_iter(), 20.0);
        assert_eq!(scale.ticks()[0], 0.0);
        assert!(
            near(scale.place(0.0), 0.0) && near(scale.place(10.0), AFTER_ZERO) && near(scale.place(1e3), 1.0)
        );
    }

    #[test]
    fn labels_are_short() {
        let table = [
            (0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (5.0, "5"),
            (1_500.0, "1.5k"),
            (20_000.0, "20k"),
            (1e6, "1M"),
        ];
        for (value, text) in table {
            assert_eq!(label(value), text);
        }
    }
}
