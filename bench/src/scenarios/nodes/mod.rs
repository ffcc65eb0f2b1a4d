//! `nodes`: what PostgreSQL costs beside SQLite, what a second node costs, and what it costs that an event has to go to another node.
//! Installations of one node and of two are measured by the same steps: messages posted, and fan-out to a thousand subscribers.
//! Node A is always the one that is posted to. Which installations there are is in `setups`, whose processor time is read in `shares`.

mod bus;
mod setups;
mod shares;

use std::net::SocketAddr;

use anyhow::Result;

use super::Stage;
use super::turns::in_turns;
use crate::colloquy::World;
use crate::figures::{Scenario, names};
use crate::load::{Bounds, Load, Pace};
use bus::Heard;
use setups::{Setup, Setups};
use shares::Parts;

const SUBSCRIBERS: usize = 1_000;
const WRITERS: usize = 16;
/// Each is spoken on by somebody else: what happens to one bot, and what one person does, happens one after the other.
const BOTS: usize = 16;
/// Seconds that count, of posting and of fan-out.
const WRITE: u64 = 2;
const FAN_OUT: u64 = 2;

pub fn run(stage: &Stage) -> Result<Vec<Scenario>> {
    let setups = Setups::start(stage)?;
    in_turns(stage, || {
        let mut done = Vec::new();
        for setup in setups.all() {
            done.extend(one(stage, &setups, setup)?);
        }
        Ok(done)
    })
}

fn one(stage: &Stage, setups: &Setups, setup: Setup) -> Result<Vec<Scenario>> {
    let subscribers = stage.many(SUBSCRIBERS);
    // Twice the seats, so that those who come again need not wait until those who went are known to be gone.
    let world = World::one_bot(2 * subscribers).with_speakers(BOTS);
    let mut trial = Trial {
        stage,
        setup,
        parts: setups.open(stage, setup, &world)?,
        world,
        done: Vec::new(),
    };
    for (clients, bots) in [(1, 1), (WRITERS, 1), (WRITERS, BOTS)] {
        trial.write(clients, bots)?;
    }
    trial.fan_out(subscribers)?;
    let Trial { parts, done, .. } = trial;
    setups.close(parts)?;
    Ok(done)
}

/// One installation while it is measured.
struct Trial<'a> {
    stage: &'a Stage,
    setup: Setup,
    parts: Parts<'a>,
    world: World,
    done: Vec<Scenario>,
}

impl Trial<'_> {
    fn scenario(&self) -> Scenario {
        Scenario::new(names::NODES, self.setup.name())
    }

    /// Messages by so many clients, on all nodes in turn, and on so many bots in turn.
    fn write(&mut self, clients: usize, bots: usize) -> Result<()> {
        let world = match bots {
            1 => self.world.clone(),
            bots => self.world.spoken_on_by_people(bots),
        };
        let nodes = self.parts.addresses();
        let mut load = Load::across(self.parts.cluster.protocol(&world), &nodes, &nodes)?;
        let pace = Pace::InFlight(clients);
        load.run(pace, Bounds::time(self.stage.time(1)))?;
        let (run, shares) = self.parts.measured(&mut load, pace, self.stage.time(WRITE))?;
        let mut scenario = self
            .scenario()
            .with(names::CLIENTS, clients)
            .with(names::BOTS, bots);
        run.messages(&mut scenario);
        run.answers(&mut scenario);
        shares.per_message(&mut scenario, &run);
        self.done.push(scenario);
        Ok(())
    }

    /// Where there is one node, it is posted to and heard. Where there are two, subscribers are on one of them while the one or the
    /// other is posted to, and then on both.
    fn fan_out(&mut self, subscribers: usize) -> Result<()> {
        let nodes = self.parts.addresses();
        let mut load = self.listening(subscribers, &nodes[..1])?;
        let mut before = self.heard(&mut load, "A")?;
        let Some(elsewhere) = nodes.get(1).copied() else {
            self.done.push(before.scenario);
            return Ok(());
        };
        // The nodes are alike, so the subscribers stay where they are: A, which is posted to, is now the other one.
        load.speak_at(&[elsewhere]);
        self.parts.swap();
        let far = self.heard(&mut load, "B")?;
        load.speak_at(&nodes[..1]);
        self.parts.swap();
        let after = self.heard(&mut load, "A")?;
        drop(load);
        // No fault goes uncounted.
        for figure in &mut before.scenario.figures {
            if figure.name == names::FAULTS {
                figure.value += after.run.faults();
            }
        }
        let cost = self.scenario().with(names::SUBSCRIBERS, subscribers);
        let cost = bus::cost(cost, [&before, &after], &far);
        let mut load = self.listening(subscribers, &nodes)?;
        load.speak_at(&nodes);
        let both = self.heard(&mut load, "both")?;
        self.done
            .extend([before.scenario, far.scenario, both.scenario, cost]);
        Ok(())
    }

    /// Subscribers on these nodes in turn; the first one is posted to.
    fn listening(&self, subscribers: usize, nodes: &[SocketAddr]) -> Result<Load> {
        let mut load = Load::across(self.parts.cluster.protocol(&self.world), nodes, &nodes[..1])?;
        load.grow(subscribers)?;
        load.settle(self.stage.time(1), self.stage.time(20))?;
        Ok(load)
    }

    /// One broadcast in flight.
    fn heard(&self, load: &mut Load, on: &str) -> Result<Heard> {
        let pace = Pace::InFlight(1);
        load.run(pace, Bounds::time(self.stage.time(1)))?;
        let (run, shares) = self.parts.measured(load, pace, self.stage.time(FAN_OUT))?;
        let mut scenario = self
            .scenario()
            .with(names::SUBSCRIBERS, load.subscribers())
            .with(names::IN_FLIGHT, 1)
            .with(names::HEARD, on);
        run.deliveries(&mut scenario);
        shares.per_delivery(&mut scenario, &run);
        Ok(Heard {
            scenario,
            run,
            shares,
        })
    }
}
