//! A machine that others use too has good and bad minutes. What is compared is therefore measured in turns: all subjects, then
//! all again; and the middle value of each figure counts. Faults and broadcasts are counted over all of them.

use anyhow::Result;

use super::Stage;
use crate::figures::{Scenario, names};

/// Odd, so that there is a middle.
const TURNS: usize = 3;

/// `turn` measures every subject once; a name and a subject come once in what it gives. A subject that is missing in a later
/// turn (a peer that failed) counts with those that it has.
pub fn in_turns(stage: &Stage, mut turn: impl FnMut() -> Result<Vec<Scenario>>) -> Result<Vec<Scenario>> {
    let turns = if stage.quick { 1 } else { TURNS };
    let all: Result<Vec<_>> = (0..turns).map(|_| turn()).collect();
    Ok(middle(all?))
}

fn middle(turns: Vec<Vec<Scenario>>) -> Vec<Scenario> {
    let mut turns = turns.into_iter();
    let mut merged = turns.next().unwrap_or_default();
    let later: Vec<Scenario> = turns.flatten().collect();
    for scenario in &mut merged {
        let same: Vec<&Scenario> = later.iter().filter(|other| scenario.is_same(other)).collect();
        for figure in &mut scenario.figures {
            let others = same.iter().filter_map(|other| other.figure(&figure.name));
            let mut values: Vec<f64> = others.chain([figure.value]).collect();
            figure.value = if [names::FAULTS, names::BROADCASTS].contains(&figure.name.as_str()) {
                values.iter().sum()
            } else {
                values.sort_by(f64::total_cmp);
                values[values.len() / 2]
            };
        }
    }
    merged
}

impl Scenario {
    /// Sizes of frames are measured too, and may differ by a byte.
    fn is_same(&self, other: &Self) -> bool {
        let differs = |name: &&String| {
            name.as_str() != names::FRAME && self.parameters.get(*name) != other.parameters.get(*name)
        };
        self.name == other.name
            && self.subject == other.subject
            && !self.parameters.keys().any(|name| differs(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(subject: &str, frame: u64, cpu: f64, faults: f64) -> Scenario {
        let mut scenario = Scenario::new("f1k", subject).with(names::FRAME, frame);
        scenario.add(names::CPU_PER_DELIVERY, "us", cpu);
        scenario.add(names::FAULTS, "", faults);
        scenario
    }

    #[test]
    fn the_middle_counts_and_every_fault() {
        let turns = vec![
            vec![turn("raw", 499, 8.0, 0.0), turn("ws", 499, 12.0, 0.0)],
            vec![turn("raw", 500, 30.0, 1.0)],
            vec![turn("raw", 499, 9.0, 2.0), turn("ws", 499, 14.0, 0.0)],
        ];
        let merged = middle(turns);
        let figure = |subject: usize, name| merged[subject].figure(name).unwrap_or(f64::NAN);
        assert_eq!(merged.len(), 2);
        assert_eq!(figure(0, names::CPU_PER_DELIVERY), 9.0);
        assert_eq!(figure(0, names::FAULTS), 3.0);
        assert_eq!(figure(1, names::CPU_PER_DELIVERY), 14.0, "the worse of two");
    }
}
