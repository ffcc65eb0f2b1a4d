//! What is found wrong: a line each, and not more of one kind than anybody would read.

use std::collections::BTreeMap;

use domain::Result;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{numbers, orphans};
use crate::store::whole::{all, is_postgres};

/// Lines of one kind.
const LINES: usize = 20;

#[derive(Debug, Default)]
pub struct Findings {
    lines: Vec<String>,
    of_kind: BTreeMap<&'static str, usize>,
    total: usize,
}

impl Findings {
    pub fn add(&mut self, kind: &'static str, line: impl std::fmt::Display) {
        let of_kind = self.of_kind.entry(kind).or_default();
        *of_kind += 1;
        self.total += 1;
        if *of_kind <= LINES {
            self.lines.push(format!("{kind}: {line}"));
        }
    }

    pub fn total(&self) -> usize {
        self.total
    }

    pub fn into_lines(mut self) -> Vec<String> {
        for (kind, number) in self.of_kind {
            if number > LINES {
                self.lines
                    .push(format!("{kind}: {} more like these", number - LINES));
            }
        }
        self.lines
    }
}

#[derive(FromQueryResult)]
struct TextRow {
    text: String,
}

/// Everything that can be told by the tables alone; one state of them, or changes between the questions look like damage.
pub async fn tables(db: &impl ConnectionTrait, findings: &mut Findings) -> Result<()> {
    if !is_postgres(db) {
        let sql = "SELECT integrity_check AS text FROM pragma_integrity_check";
        let said: Vec<TextRow> = all(db, sql, []).await?;
        for row in said.into_iter().filter(|row| row.text != "ok") {
            findings.add("database", row.text);
        }
    }
    numbers::look(db, findings).await?;
    orphans::look(db, findings).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_one_kind_only_so_many_are_told_and_the_others_are_counted() {
        let mut findings = Findings::default();
        for number in 0..25 {
            findings.add("hole", number);
        }
        findings.add("orphan", "one");
        assert_eq!(findings.total(), 26);
        let lines = findings.into_lines();
        assert_eq!(lines.len(), LINES + 2);
        assert!(lines.contains(&"orphan: one".to_owned()));
        assert!(lines.contains(&"hole: 5 more like these".to_owned()));
    }
}
