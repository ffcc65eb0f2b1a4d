//! The part of `docs/performance.md` between its two markers: machine, command, tables, and the plots beside it. The text
//! around the markers is written by hand and stays.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::text::{ahead, by_scenario, markdown, targets};
use crate::figures::{Run, names};
use crate::plots;

const BEGIN: &str = "<!-- figures: written by the benchmark -->";
const END: &str = "<!-- end of figures -->";

/// Fills `docs/performance.md` below `root` with a run, and `docs/performance/` with its plots. Fails, and changes no
/// text, when the markers are not there.
pub fn write(run: &Run, root: &Path) -> Result<()> {
    let page = root.join("docs/performance.md");
    let text = fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
    // Asked before the plots are drawn over the old ones.
    between(&text, "")?;
    let plots = plots::draw(run, &root.join("docs/performance"))?;
    let names: Vec<(&str, String)> = plots
        .iter()
        .map(|plot| (plot.title.as_str(), plot.file_name()))
        .collect();
    Ok(fs::write(&page, between(&text, &section(run, &names))?)?)
}

fn section(run: &Run, plots: &[(&str, String)]) -> String {
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

/// The page with its figures replaced.
fn between(page: &str, section: &str) -> Result<String> {
    let parts = page
        .split_once(BEGIN)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let Some((before, after)) = parts else {
        bail!("the page lacks the lines '{BEGIN}' and '{END}'")
    };
    Ok(format!("{before}{BEGIN}\n\n{section}\n{END}{after}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn only_what_stands_between_the_markers_is_replaced() {
        let page = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let once = between(&page, "new\n").unwrap();
        assert_eq!(once, format!("before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"));
        assert_eq!(between(&once, "new\n").unwrap(), once);
        assert!(between(&format!("{END}{BEGIN}"), "new").is_err());
    }

    #[test]
    fn a_page_gets_tables_and_plots() {
        let root = tempfile::tempdir().unwrap();
        let page = root.path().join("docs/performance.md");
        fs::create_dir_all(page.parent().unwrap()).unwrap();
        fs::write(&page, "no markers").unwrap();
        assert!(write(&sample::run(), root.path()).is_err());
        assert!(!root.path().join("docs/performance").exists());
        fs::write(&page, format!("# Speed\n{BEGIN}\n{END}\n")).unwrap();
        write(&sample::run(), root.path()).unwrap();
        let text = fs::read_to_string(&page).unwrap();
        assert!(text.contains("with `bench all --peers`"));
        assert!(text.contains("Peers: ws 8 on Node 20.\n"));
        assert!(text.contains("| memory per idle socket | ≤ 4,000 |"));
        assert!(text.contains("](performance/memory.svg)"));
        assert!(root.path().join("docs/performance/memory.svg").exists());
    }
}
