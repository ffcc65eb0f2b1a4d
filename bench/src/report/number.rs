//! Numbers as a reader wants them: about three digits, thousands apart, units by their signs.

/// A number with about three significant digits; from 1,000 on whole, with commas.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if size >= 999.5 {
        thousands(value.round())
    } else if size >= 99.95 {
        format!("{value:.0}")
    } else if size >= 9.995 {
        format!("{value:.1}")
    } else if size >= 0.9995 {
        format!("{value:.2}")
    } else if size >= 0.0005 {
        format!("{value:.3}")
    } else {
        format!("{value:.1e}")
    }
}

/// How many times `base` a value is; none without a base.
pub fn ratio(value: f64, base: f64) -> Option<f64> {
    (base > 0.0).then(|| value / base)
}

pub fn times(ratio: f64) -> String {
    if ratio >= 99.5 {
        format!("{}×", thousands(ratio.round()))
    } else if ratio >= 9.95 {
        format!("{ratio:.1}×")
    } else {
        format!("{ratio:.2}×")
    }
}

/// A figure's unit as it is printed.
pub fn unit(unit: &str) -> &str {
    match unit {
        "us" => "µs",
        "1/s" => "/s",
        other => other,
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value < 0.0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_commas() {
        let table = [
            (0.0, "0"),
            (0.000_02, "2.0e-5"),
            (0.123_4, "0.123"),
            (0.999_7, "1.00"),
            (1.0, "1.00"),
            (9.999, "10.0"),
            (12.34, "12.3"),
            (99.97, "100"),
            (999.4, "999"),
            (999.6, "1,000"),
            (12_345.6, "12,346"),
            (1_234_567.0, "1,234,567"),
            (-1_234.0, "-1,234"),
        ];
        for (value, text) in table {
            assert_eq!(number(value), text, "{value}");
        }
    }

    #[test]
    fn ratios_need_a_base() {
        assert_eq!(ratio(3.0, 2.0), Some(1.5));
        assert_eq!(ratio(3.0, 0.0), None);
        assert_eq!(times(1.036), "1.04×");
        assert_eq!(times(12.34), "12.3×");
        assert_eq!(times(1_234.0), "1,234×");
    }
}
