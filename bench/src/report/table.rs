//! The figures of a run side by side: a group for each scenario with its parameters, a row for each figure, a column for
//! each subject, and how many times the raw limit it is.

use std::collections::BTreeMap;

use serde_json::Value;

use super::number::{number, ratio};
use crate::figures::{Run, Scenario, names};

pub const RAW: &str = "raw";
pub const COLLOQUY: &str = "colloquy";

pub struct Table<'a> {
    /// The raw limit (at other frame sizes too, as `raw 268`), Colloquy, then the peers as they come.
    pub subjects: Vec<&'a str>,
    pub groups: Vec<Group<'a>>,
}

pub struct Group<'a> {
    pub name: &'a str,
    pub title: String,
    pub rows: Vec<Row<'a>>,
    parameters: Parameters<'a>,
}

pub struct Row<'a> {
    pub figure: &'a str,
    pub unit: &'a str,
    /// One for each subject.
    pub cells: Vec<Option<Cell>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    pub value: f64,
    /// Of the raw limit's value at the same frame size; absent for the raw limit itself, for counts, and where it was not
    /// measured.
    pub ratio: Option<f64>,
}

type Parameters<'a> = BTreeMap<&'a str, &'a Value>;

impl<'a> Table<'a> {
    pub fn of(run: &'a Run) -> Self {
        let mut subjects: Vec<&str> = Vec::new();
        for scenario in &run.scenarios {
            if !subjects.contains(&scenario.subject.as_str()) {
                subjects.push(&scenario.subject);
            }
        }
        // Stable: the rest stays as it came.
        subjects.sort_by_key(|name| (!is_raw(name), *name != COLLOQUY));
        let mut table = Self {
            subjects,
            groups: Vec::new(),
        };
        for scenario in &run.scenarios {
            table.enter(scenario);
        }
        table.compare();
        table
    }

    fn enter(&mut self, scenario: &'a Scenario) {
        let Some(column) = self.subjects.iter().position(|name| *name == scenario.subject) else {
            return;
        };
        let parameters = parameters(scenario);
        let same = |group: &Group| group.name == scenario.name && group.parameters == parameters;
        let at = self.groups.iter().position(same).unwrap_or_else(|| {
            self.groups.push(Group {
                name: &scenario.name,
                title: title(&scenario.name, &parameters),
                rows: Vec::new(),
                parameters,
            });
            self.groups.len() - 1
        });
        let group = &mut self.groups[at];
        let frame = scenario.parameters.get(names::FRAME).and_then(Value::as_f64);
        let frame = frame.map(|bytes| (names::FRAME, "B", bytes));
        let figures = scenario
            .figures
            .iter()
            .map(|figure| (figure.name.as_str(), figure.unit.as_str(), figure.value));
        for (figure, unit, value) in frame.into_iter().chain(figures) {
            let same = |row: &Row| row.figure == figure && row.unit == unit;
            let at = group.rows.iter().position(same).unwrap_or_else(|| {
                let cells = vec![None; self.subjects.len()];
                group.rows.push(Row { figure, unit, cells });
                group.rows.len() - 1
            });
            group.rows[at].cells[column] = Some(Cell { value, ratio: None });
        }
    }

    fn compare(&mut self) {
        let Some(raw) = self.column(RAW) else { return };
        for row in self.groups.iter_mut().flat_map(|group| &mut group.rows) {
            let Some(base) = row.cells[raw] else { continue };
            // A count has no unit, a frame is as it is, and the generator is not what is compared.
            if row.unit.is_empty() || row.figure == names::FRAME || row.figure.starts_with("generator") {
                continue;
            }
            for (subject, cell) in self.subjects.iter().zip(&mut row.cells) {
                if let Some(cell) = cell.as_mut().filter(|_| !is_raw(subject)) {
                    cell.ratio = ratio(cell.value, base.value);
                }
            }
        }
    }

    pub fn column(&self, subject: &str) -> Option<usize> {
        self.subjects.iter().position(|name| *name == subject)
    }
}

pub fn is_raw(subject: &str) -> bool {
    subject.split(' ').next() == Some(RAW)
}

impl Group<'_> {
    /// Whether broadcasts came by the clock, so that their number says nothing of the server.
    pub fn paced(&self) -> bool {
        self.parameters.contains_key(names::RATE)
    }
}

/// What tells two measurements of one scenario apart. A subject's own frame size and software do not.
fn parameters(scenario: &Scenario) -> Parameters<'_> {
    let own = [names::FRAME, names::SOFTWARE];
    let all = scenario
        .parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value));
    all.filter(|(name, _)| !own.contains(name)).collect()
}

fn title(name: &str, parameters: &Parameters) -> String {
    let mut parameters: Vec<(&str, &Value)> =
        parameters.iter().map(|(name, value)| (*name, *value)).collect();
    // What there are many of comes first, how it is done after it.
    parameters.sort_by_key(|(name, _)| ![names::SUBSCRIBERS, names::CLIENTS].contains(name));
    let mut parts = Vec::new();
    for (name, value) in parameters {
        parts.push(match (name, value.as_f64(), value.as_str()) {
            (names::RATE, Some(rate), _) => format!("{} broadcasts/s", count(rate)),
            (_, Some(1.0), _) => format!("1 {}", name.trim_end_matches('s')),
            (_, Some(amount), _) => format!("{} {name}", count(amount)),
            (names::GROWS, None, Some(text)) => format!("over {text}"),
            (names::HEARD, None, Some(text)) => format!("heard on {text}"),
            (names::COST, None, Some(text)) => format!("cost of {text}"),
            (_, None, Some(text)) => format!("{name} {text}"),
            (_, None, None) => format!("{name} {value}"),
        });
    }
    if parts.is_empty() {
        name.to_owned()
    } else {
        format!("{name}: {}", parts.join(", "))
    }
}

/// A parameter is mostly a whole number, and reads so.
fn count(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1000.0 {
        format!("{value:.0}")
    } else {
        number(value)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn subjects_stand_side_by_side_with_their_ratio_to_raw() {
        let run = sample::run();
        let table = Table::of(&run);
        assert_eq!(table.subjects, ["raw", "colloquy", "ws"]);
        let group = table.groups.iter().find(|group| group.name == "f1k").unwrap();
        assert_eq!(group.title, "f1k: 1,000 subscribers, 4 in flight");
        let row = group
            .rows
            .iter()
            .find(|row| row.figure == names::CPU_PER_DELIVERY)
            .unwrap();
        let cell = |value, ratio| Some(Cell { value, ratio });
        assert_eq!(
            row.cells,
            [cell(1.0, None), cell(1.25, Some(1.25)), cell(10.0, Some(10.0))]
        );
        assert_eq!(group.rows[0].figure, names::FRAME);
        assert_eq!(group.rows[0].cells[1], cell(268.0, None));
        let faults = group.rows.iter().find(|row| row.figure == names::FAULTS).unwrap();
        assert_eq!(faults.cells[1], cell(0.0, None));
    }

    #[test]
    fn the_raw_limit_at_other_sizes_is_no_peer() {
        let mut run = sample::run();
        let mut other = Scenario::new("f1k", "raw 268")
            .with(names::SUBSCRIBERS, 1_000)
            .with(names::IN_FLIGHT, 4);
        other.add(names::CPU_PER_DELIVERY, "us", 0.9);
        run.scenarios.push(other);
        let table = Table::of(&run);
        assert_eq!(table.subjects, ["raw", "raw 268", "colloquy", "ws"]);
        let cells = table
            .groups
            .iter()
            .flat_map(|group| &group.rows)
            .map(|row| row.cells[1]);
        let cells: Vec<Cell> = cells.flatten().collect();
        assert_eq!(
            cells,
            [Cell {
                value: 0.9,
                ratio: None
            }]
        );
    }

    #[test]
    fn other_parameters_are_another_group() {
        let run = sample::run();
        let table = Table::of(&run);
        let titles = table.groups.iter().map(|group| group.title.as_str());
        let writes: Vec<&str> = titles.filter(|title| title.starts_with("write")).collect();
        assert_eq!(writes, ["write: 1 client", "write: 64 clients"]);
    }
}
