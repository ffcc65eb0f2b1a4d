//! The parts of `docs/performance.md` between markers: machine, command, tables, and the plots beside them. `nodes` has a part of its
//! own, so that it can be measured alone. The text around the markers is written by hand and stays.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::text::{ahead, by_scenario, markdown, targets};
use crate::figures::{Run, names};
use crate::plots;

/// Where a part begins and ends.
type Markers = (&'static str, &'static str);

const FIGURES: Markers = (
    "<!-- figures: written by the benchmark -->",
    "<!-- end of figures -->",
);
const NODES: Markers = (
    "<!-- figures of nodes: written by the benchmark -->",
    "<!-- end of figures of nodes -->",
);

/// Fills `docs/performance.md` below `root` with a run, and `docs/performance/` with its plots. A part of which nothing was
/// measured stays as it is. Fails, and changes no text, when the markers are not there.
pub fn write(run: &Run, root: &Path) -> Result<()> {
    let page = root.join("docs/performance.md");
    let mut text = fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
    // Asked before the plots are drawn over the old ones.
    for markers in [FIGURES, NODES] {
        between(&text, markers, "")?;
    }
    let (of_nodes, others): (Vec<_>, Vec<_>) = run
        .scenarios
        .iter()
        .cloned()
        .partition(|scenario| scenario.name == names::NODES);
    let part = |scenarios| Run {
        scenarios,
        ..run.clone()
    };
    if !others.is_empty() {
        let plots = plots::draw(run, &root.join("docs/performance"))?;
        let names: Vec<(&str, String)> = plots
            .iter()
            .map(|plot| (plot.title.as_str(), plot.file_name()))
            .collect();
        text = between(&text, FIGURES, &section(&part(others), &names))?;
    }
    if !of_nodes.is_empty() {
        let run = part(of_nodes);
        let tables: Vec<_> = by_scenario(&run).iter().map(markdown).collect();
        text = between(&text, NODES, &format!("{}\n{}", head(&run), tables.join("\n")))?;
    }
    Ok(fs::write(&page, text)?)
}

/// On what it was measured, and how.
fn head(run: &Run) -> String {
    let mut text = format!(
        "Measured {} on {}, with `{}`; Colloquy {}.\n",
        run.when, run.machine, run.command, run.server_version
    );
    if !run.settings.is_empty() {
        let settings: Vec<String> = run
            .settings
            .iter()
            .map(|setting| format!("`{setting}`"))
            .collect();
        text += &format!("Raised for the run: {}.\n", settings.join(", "));
    }
    text
}

fn section(run: &Run, plots: &[(&str, String)]) -> String {
    let mut text = head(run);
    let software = run
        .scenarios
        .iter()
        .filter_map(|scenario| scenario.parameters.get(names::SOFTWARE)?.as_str());
    let software: BTreeSet<&str> = software.collect();
    if !software.is_empty() {
        text += &format!("Peers: {}.\n", Vec::from_iter(software).join("; "));
    }
    if !run.targets.is_empty() {
        text += &format!("\n### Targets\n\n{}", markdown(&targets(&run.targets)));
    }
    let note = "In brackets: how many times the raw limit.";
    text += &format!("\n### By scenario\n\n{note}\n");
    for rows in by_scenario(run) {
        text += &format!("\n{}", markdown(&rows));
    }
    if let Some(sentence) = ahead(run) {
        text += &format!("\n{sentence}\n");
    }
    if !plots.is_empty() {
        text += "\n### Plots\n";
    }
    for (title, file) in plots {
        text += &format!("\n![{title}](performance/{file})\n");
    }
    text
}

/// The page with one of its parts replaced.
fn between(page: &str, (begin, end): Markers, section: &str) -> Result<String> {
    let parts = page
        .split_once(begin)
        .and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
    let Some((before, after)) = parts else {
        bail!("the page lacks the lines '{begin}' and '{end}'")
    };
    Ok(format!("{before}{begin}\n\n{section}\n{end}{after}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::figures::Scenario;
    use crate::report::sample;

    #[test]
    fn only_what_stands_between_the_markers_is_replaced() {
        let (begin, end) = FIGURES;
        let page = format!("before\n{begin}\nold\n{end}\nafter\n");
        let once = between(&page, FIGURES, "new\n").unwrap();
        assert_eq!(once, format!("before\n{begin}\n\nnew\n\n{end}\nafter\n"));
        assert_eq!(between(&once, FIGURES, "new\n").unwrap(), once);
        assert!(between(&format!("{end}{begin}"), FIGURES, "new").is_err());
    }

    #[test]
    fn a_page_gets_tables_and_plots() {
        let root = tempfile::tempdir().unwrap();
        let page = root.path().join("docs/performance.md");
        fs::create_dir_all(page.parent().unwrap()).unwrap();
        fs::write(&page, "no markers").unwrap();
        assert!(write(&sample::run(), root.path()).is_err());
        assert!(!root.path().join("docs/performance").exists());
        let (begin, end) = FIGURES;
        let (nodes_begin, nodes_end) = NODES;
        let empty = format!("# Speed\n{begin}\n{end}\n{nodes_begin}\n{nodes_end}\n");
        fs::write(&page, empty).unwrap();
        write(&sample::run(), root.path()).unwrap();
        let text = fs::read_to_string(&page).unwrap();
        assert!(text.contains("with `bench all --peers`"));
        assert!(text.contains("Peers: ws 8 on Node 20.\n"));
        assert!(text.contains("| memory per idle socket | ≤ 4,000 |"));
        assert!(text.contains("](performance/memory.svg)"));
        assert!(root.path().join("docs/performance/memory.svg").exists());

        // A run of `nodes` alone changes its own part.
        let mut run = sample::run();
        let mut scenario = Scenario::new(names::NODES, "SQLite").with(names::CLIENTS, 16);
        scenario.add(names::MESSAGES, "1/s", 3_000.0);
        run.scenarios = vec![scenario];
        write(&run, root.path()).unwrap();
        let both = fs::read_to_string(&page).unwrap();
        assert_eq!(both.split_once(end).unwrap().0, text.split_once(end).unwrap().0);
        assert!(both.contains("| nodes: 16 clients | messages per second | 3,000 |"));
    }
}
