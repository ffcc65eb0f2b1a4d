//! Plots of a run, as SVG that a page in light or dark colours can show. The series come from the run; which of them share
//! a plot is decided here, scales are in `scale`, and the drawing is in `svg`.

mod scale;
mod svg;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::figures::{Run, Scenario, Series, names};

/// Series of one kind, of all subjects that have it.
pub struct Plot {
    pub title: String,
    /// Of the file, without its ending.
    pub slug: String,
    x_label: String,
    y_label: String,
    lines: Vec<Line>,
}

struct Line {
    label: String,
    /// Decides the colour and the marker: the same subject looks the same in every plot.
    look: usize,
    /// Another line of the same subject in the same plot.
    second: bool,
    /// With x ascending; nothing infinite, nothing below zero.
    points: Vec<(f64, f64)>,
}

impl Plot {
    pub fn file_name(&self) -> String {
        format!("{}.svg", self.slug)
    }
}

/// Draws what a run has series for into `folder`, over what is there.
pub fn draw(run: &Run, folder: &Path) -> Result<Vec<Plot>> {
    let plots = collect(run);
    if !plots.is_empty() {
        fs::create_dir_all(folder)?;
    }
    for plot in &plots {
        let path = folder.join(plot.file_name());
        fs::write(&path, svg::draw(plot)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(plots)
}

/// The plots that are known, with the beginning of the series' name, title and file. The rest follow as they come.
const KNOWN: [(&str, &str, &str); 3] = [
    (names::LATENCY_OVER_LOAD, "Latency over load", "latency"),
    (
        names::MEMORY_OVER_CONNECTIONS,
        "Memory over connections",
        "memory",
    ),
    (
        names::DELIVERIES_OVER_SUBSCRIBERS,
        "Deliveries per second over subscribers",
        "deliveries",
    ),
];

fn collect(run: &Run) -> Vec<Plot> {
    // Looks 0 and 1; the peers follow in the order of the run.
    let mut subjects = vec!["raw", "colloquy"];
    let mut plots: Vec<Plot> = Vec::new();
    for scenario in &run.scenarios {
        if !scenario.series.is_empty() && !subjects.contains(&scenario.subject.as_str()) {
            subjects.push(&scenario.subject);
        }
        let look = subjects.iter().position(|name| *name == scenario.subject);
        for series in &scenario.series {
            let points = clean(&series.points);
            if points.is_empty() {
                continue;
            }
            let (title, slug, rest) = place(scenario, series);
            let at = plots
                .iter()
                .position(|plot| plot.slug == slug)
                .unwrap_or_else(|| {
                    plots.push(Plot {
                        title,
                        slug,
                        x_label: signs(&series.x_label),
                        y_label: signs(&series.y_label),
                        lines: Vec::new(),
                    });
                    plots.len() - 1
                });
            let (lines, look) = (&mut plots[at].lines, look.unwrap_or(0));
            let second = lines.iter().any(|line| line.look == look);
            lines.push(Line {
                label: format!("{}{rest}", called(&scenario.subject)),
                look,
                second,
                points,
            });
        }
    }
    let rank = |plot: &Plot| {
        KNOWN
            .iter()
            .position(|(_, _, slug)| *slug == plot.slug)
            .unwrap_or(KNOWN.len())
    };
    plots.sort_by_key(rank);
    plots
}

/// Title and file of the plot that a series belongs to, and what its line is called beyond its subject.
fn place<'a>(scenario: &Scenario, series: &'a Series) -> (String, String, &'a str) {
    let known = |(prefix, ..): &&(&str, &str, &str)| series.name.starts_with(prefix);
    if let Some((prefix, title, slug)) = KNOWN.iter().find(known) {
        return (
            (*title).to_owned(),
            (*slug).to_owned(),
            &series.name[prefix.len()..],
        );
    }
    match scenario
        .parameters
        .get(names::GROWS)
        .and_then(|grows| grows.as_str())
    {
        Some(grows) => {
            let per = if series.name == names::MESSAGE_CPU_OVER_WORK {
                "message"
            } else {
                "delivery"
            };
            let title = format!("Cost of a {per} as the number of {grows} grows");
            (title, format!("{per}-by-{}", slug(grows)), "")
        }
        None => (series.name.clone(), slug(&series.name), ""),
    }
}

/// A label with units by their signs.
fn signs(label: &str) -> String {
    match label.strip_suffix(" us") {
        Some(rest) => format!("{rest} µs"),
        None => label.to_owned(),
    }
}

fn called(subject: &str) -> &str {
    match subject {
        "raw" => "raw limit",
        "colloquy" => "Colloquy",
        peer => peer,
    }
}

fn clean(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let drawn = |(x, y): &(f64, f64)| x.is_finite() && y.is_finite() && *x >= 0.0 && *y >= 0.0;
    let mut points: Vec<(f64, f64)> = points.iter().copied().filter(drawn).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}

fn slug(text: &str) -> String {
    let dash = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    text.chars().map(dash).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn series_of_all_subjects_share_a_plot() {
        let plots = collect(&sample::run());
        let slugs: Vec<&str> = plots.iter().map(|plot| plot.slug.as_str()).collect();
        assert_eq!(
            slugs,
            [
                "memory",
                "delivery-by-subscribers",
                "delivery-by-stored-messages",
                "message-by-bots"
            ]
        );
        let labels: Vec<&str> = plots[0].lines.iter().map(|line| line.label.as_str()).collect();
        assert_eq!(labels, ["raw limit", "Colloquy", "ws"]);
        assert_eq!(plots[1].lines[0].look, 1);
        assert_eq!(plots[3].title, "Cost of a message as the number of bots grows");
        assert_eq!(plots[3].y_label, "CPU per message in µs");
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let points = [
            (2.0, 1.0),
            (1.0, f64::NAN),
            (-1.0, 1.0),
            (0.0, f64::INFINITY),
            (1.0, 3.0),
        ];
        assert_eq!(clean(&points), [(1.0, 3.0), (2.0, 1.0)]);
    }
}
