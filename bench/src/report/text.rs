//! Tables as text: aligned for the terminal, with bars for Markdown.

use super::number::{number, times, unit};
use super::peers::standing;
use super::table::{Cell, Group, Row, Table};
use crate::figures::{Run, Target};

/// Everything that a run found, for the terminal.
pub fn terminal(run: &Run) -> String {
    let mut text = format!("{}\n{} · {}\n", run.machine, run.when, run.server_version);
    for setting in &run.settings {
        text += &format!("raised for the run: {setting}\n");
    }
    for rows in by_scenario(run) {
        text += &format!("\n{}", aligned(&rows));
    }
    if !run.targets.is_empty() {
        text += &format!("\n{}", aligned(&targets(&run.targets)));
    }
    if let Some(sentence) = ahead(run) {
        text += &format!("\n{sentence}\n");
    }
    text
}

/// Rows of text, the first of them the head.
pub(super) type Rows = Vec<Vec<String>>;

/// The figures, with a table for each scenario, which has columns only for those that took part. A scenario's title stands in the
/// first of its rows alone.
pub(super) fn by_scenario(run: &Run) -> Vec<Rows> {
    let table = Table::of(run);
    let mut tables: Vec<Rows> = Vec::new();
    for same in table.groups.chunk_by(|a, b| a.name == b.name) {
        let rows = || same.iter().flat_map(|group| &group.rows);
        let takes_part = |column: usize| rows().any(|row| row.cells[column].is_some());
        let mut text = vec![head(&table, takes_part)];
        text.extend(same.iter().flat_map(|group| lines(group, takes_part)));
        if text.len() > 1 {
            tables.push(text);
        }
    }
    tables
}

fn head(table: &Table, takes_part: impl Fn(usize) -> bool) -> Vec<String> {
    let subjects = table
        .subjects
        .iter()
        .enumerate()
        .filter(|(column, _)| takes_part(*column));
    let words = ["scenario", "figure"]
        .into_iter()
        .chain(subjects.map(|(_, subject)| *subject));
    words.map(str::to_owned).collect()
}

fn lines(group: &Group, takes_part: impl Fn(usize) -> bool) -> Rows {
    let line = |(at, row): (usize, &Row)| {
        let scenario = if at == 0 {
            group.title.clone()
        } else {
            String::new()
        };
        let figure = match unit(row.unit) {
            // Rates say so in their names.
            "" | "/s" => row.figure.to_owned(),
            unit => format!("{}, {unit}", row.figure),
        };
        let cells = row
            .cells
            .iter()
            .enumerate()
            .filter(|(column, _)| takes_part(*column));
        let cells = cells.map(|(_, cell)| cell.map_or_else(String::new, |cell| value(cell, row.unit)));
        [scenario, figure].into_iter().chain(cells).collect()
    };
    group.rows.iter().enumerate().map(line).collect()
}

fn value(cell: Cell, unit: &str) -> String {
    match cell.ratio {
        Some(ratio) => format!("{} ({})", number(cell.value), times(ratio)),
        // A count is whole, and ratios between figures of one subject are not.
        None if unit.is_empty() && cell.value.fract() == 0.0 && cell.value < 1_000.0 => {
            format!("{}", cell.value)
        }
        None => number(cell.value),
    }
}

pub(super) fn targets(targets: &[Target]) -> Rows {
    let head = ["target", "must", "aim", "measured", ""]
        .map(str::to_owned)
        .to_vec();
    let row = |target: &Target| {
        let measured = match (target.value, unit(&target.unit)) {
            (None, _) => "not measured".to_owned(),
            (Some(value), "") => number(value),
            (Some(value), unit) => format!("{} {unit}", number(value)),
        };
        vec![
            target.row.clone(),
            bound(&target.must),
            bound(&target.aim),
            measured,
            verdict(target).to_owned(),
        ]
    };
    std::iter::once(head).chain(targets.iter().map(row)).collect()
}

fn verdict(target: &Target) -> &'static str {
    let aim = target.value.and_then(|value| reached(&target.aim, value));
    match (target.holds, aim) {
        (Some(true), Some(true)) => "holds, aim reached",
        (Some(true), _) => "holds",
        (Some(false), _) => "misses",
        (None, _) => "",
    }
}

/// Whether a value is as a bound such as `≤ 1,500` asks; none for text of another kind.
fn reached(bound: &str, value: f64) -> Option<bool> {
    let (sign, limit) = read(bound)?;
    match sign {
        "≤" => Some(value <= limit),
        "<" => Some(value < limit),
        "≥" => Some(value >= limit),
        _ => None,
    }
}

/// The same with commas.
fn bound(text: &str) -> String {
    match read(text) {
        Some((sign, limit)) if limit >= 1_000.0 => format!("{sign} {}", number(limit)),
        _ => text.to_owned(),
    }
}

fn read(bound: &str) -> Option<(&str, f64)> {
    let (sign, limit) = bound.split_once(' ')?;
    Some((sign, limit.replace(',', "").parse().ok()?))
}

/// Colloquy among the peers, if any were measured.
pub(super) fn ahead(run: &Run) -> Option<String> {
    let standing = standing(&Table::of(run));
    if standing.compared == 0 {
        return None;
    }
    let rows = format!(
        "{} rows of memory, processor time per delivery and deliveries per second",
        standing.compared
    );
    if standing.behind.is_empty() {
        return Some(format!("Ahead of every peer on all {rows}."));
    }
    Some(format!(
        "Of {rows}, not ahead of {}.",
        standing.behind.join("; of ")
    ))
}

/// Columns as wide as their widest cell; the first two to the left, figures to the right.
fn aligned(rows: &Rows) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let length = |row: &Vec<String>, column: usize| row.get(column).map_or(0, |cell| cell.chars().count());
    let width = |column| rows.iter().map(|row| length(row, column)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let space = " ".repeat(width - cell.chars().count());
            line += &if column < 2 {
                format!("{cell}{space}  ")
            } else {
                format!("{space}{cell}  ")
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// A table of Markdown; its cells hold no bars of their own.
pub(super) fn markdown(rows: &Rows) -> String {
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        text += &format!("| {} |\n", row.join(" | "));
        if at == 0 {
            let marks = (0..row.len()).map(|column| if column < 2 { "---" } else { "---:" });
            text += &format!("|{}|\n", marks.collect::<Vec<_>>().join("|"));
        }
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_terminal_shows_ratios_and_verdicts() {
        let text = terminal(&sample::run());
        let line = |part: &str| text.lines().find(|line| line.contains(part)).unwrap().to_owned();
        assert!(line("frame, B").starts_with("f1k: 1,000 subscribers, 4 in flight  "));
        let cpu: Vec<String> = line("CPU per delivery")
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        assert_eq!(
            cpu.join(" "),
            "CPU per delivery, µs 1.00 1.25 (1.25×) 10.0 (10.0×)"
        );
        assert!(line("≤ 4,000").ends_with("1,500 B  holds, aim reached"));
        assert!(text.contains("not measured"));
        assert!(text.ends_with("Ahead of every peer on all 3 rows of memory, processor time per delivery and deliveries per second.\n"));
    }

    #[test]
    fn bounds_are_read() {
        assert_eq!(reached("≤ 1.15", 1.15), Some(true));
        assert_eq!(reached("≥ 400,000", 399_999.0), Some(false));
        assert_eq!(reached("< 5", 5.0), Some(false));
        assert_eq!(reached("unchanged within noise", 1.0), None);
        assert_eq!(reached("", 1.0), None);
        assert_eq!(bound("≥ 400000"), "≥ 400,000");
        assert_eq!(bound("unchanged"), "unchanged");
    }

    #[test]
    fn a_scenarios_own_table_has_columns_of_those_that_took_part() {
        let tables = by_scenario(&sample::run());
        let write = tables
            .iter()
            .find(|rows| rows[1][0].starts_with("write"))
            .unwrap();
        assert_eq!(write[0], ["scenario", "figure", "colloquy"]);
        assert_eq!(write[2], ["write: 64 clients", "messages per second", "6,000"]);
        assert_eq!(tables[0][0].len(), 5);
    }

    #[test]
    fn markdown_has_a_head_and_as_many_cells_in_each_row() {
        let run = sample::run();
        let text = markdown(&by_scenario(&run)[0]);
        let bars: Vec<usize> = text.lines().map(|line| line.matches('|').count()).collect();
        assert!(
            bars.len() > 4 && bars.iter().all(|count| *count == bars[0]),
            "{text}"
        );
        assert!(text.lines().nth(1).unwrap().starts_with("|---|---|---:|"));
    }
}
