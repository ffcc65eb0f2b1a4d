//! Whether Colloquy is ahead of every peer, row by row: memory, processor time per delivery, deliveries per second.

use super::number::number;
use super::table::{COLLOQUY, Group, Row, Table, is_raw};
use crate::figures::names;

/// What the rows say.
pub struct Standing {
    /// Rows in which Colloquy and a peer were measured.
    pub compared: usize,
    /// One sentence for each peer that is level or ahead somewhere.
    pub behind: Vec<String>,
}

pub fn standing(table: &Table) -> Standing {
    let mut standing = Standing {
        compared: 0,
        behind: Vec::new(),
    };
    let Some(own) = table.column(COLLOQUY) else {
        return standing;
    };
    for group in &table.groups {
        for row in &group.rows {
            let Some(less_is_better) = direction(group, row) else {
                continue;
            };
            let Some(mine) = row.cells[own] else { continue };
            let mut counted = false;
            for (subject, cell) in table.subjects.iter().zip(&row.cells) {
                let Some(theirs) = cell.filter(|_| !is_raw(subject) && *subject != COLLOQUY) else {
                    continue;
                };
                counted = true;
                let ahead = if less_is_better {
                    mine.value < theirs.value
                } else {
                    mine.value > theirs.value
                };
                if !ahead {
                    let (mine, theirs) = (number(mine.value), number(theirs.value));
                    standing.behind.push(format!(
                        "{subject} in {}, {}: {theirs} against {mine}",
                        group.title, row.figure
                    ));
                }
            }
            standing.compared += usize::from(counted);
        }
    }
    standing
}

/// Whether less is better, for the rows that are compared.
fn direction(group: &Group, row: &Row) -> Option<bool> {
    match row.figure {
        names::CPU_PER_DELIVERY | names::IDLE_BYTES | names::TRAFFIC_BYTES => Some(true),
        names::DELIVERIES if !group.paced() => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_peer_ahead_is_named() {
        let mut run = sample::run();
        let first = standing(&Table::of(&run));
        assert_eq!(first.compared, 3);
        assert!(first.behind.is_empty(), "{:?}", first.behind);
        for scenario in run
            .scenarios
            .iter_mut()
            .filter(|scenario| scenario.subject == "ws")
        {
            for figure in scenario
                .figures
                .iter_mut()
                .filter(|figure| figure.name == names::DELIVERIES)
            {
                figure.value = 1e6;
            }
        }
        let second = standing(&Table::of(&run));
        assert_eq!(
            second.behind,
            ["ws in f1k: 1,000 subscribers, 4 in flight, deliveries per second: 1,000,000 against 400,000"]
        );
    }
}
