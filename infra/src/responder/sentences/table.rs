//! A row of a table: its cells, and how it reads as a sentence.

use super::plain;

pub fn is_row(line: &str) -> bool {
    line.starts_with('|') && line.len() > 1
}

pub fn cells(row: &str) -> Vec<String> {
    let row = row.strip_prefix('|').unwrap_or(row);
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut escaped = false;
    for c in row.chars() {
        if c == '|' && !escaped {
            cells.push(plain(&cell));
            cell.clear();
        } else {
            cell.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    if !cell.trim().is_empty() {
        cells.push(plain(&cell));
    }
    cells
}

/// Many tables come without a mark of which row is their header: names over columns, one for each, and no figures among them.
pub fn is_header(first: &[String], second: &[String]) -> bool {
    const LONGEST_NAME: usize = 40;
    let figures = |cells: &[String]| cells.iter().any(|cell| cell.chars().any(char::is_numeric));
    let names = first
        .iter()
        .all(|cell| !cell.is_empty() && cell.chars().count() <= LONGEST_NAME);
    let tabular = first.len() > 2 || figures(second);
    names && first.len() > 1 && first.len() >= second.len() && !figures(first) && tabular
}

pub fn told(cells: &[String], names: Option<&[String]>) -> String {
    let filled = cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
    let Some(names) = names else {
        let filled: Vec<&str> = filled.map(|(_, cell)| cell.as_str()).collect();
        let between = if filled.len() == 2 { ": " } else { ", " };
        return filled.join(between);
    };
    let named = filled.map(|(i, cell)| match names.get(i).filter(|name| !name.is_empty()) {
        Some(name) => format!("{name}: {cell}"),
        None => cell.clone(),
    });
    named.collect::<Vec<_>>().join(", ")
}
