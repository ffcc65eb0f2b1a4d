//! What must be true at the end of a random life: each connection's frames against the log and the signals.

use super::*;

impl Scene {
    /// What this person may see of the log, beyond `from`, up to what ends the connection or to `upto`.
    pub fn visible(&self, guest: &Guest, from: i64, upto: i64) -> Vec<i64> {
        let mut seen = Vec::new();
        for fact in &self.log[from as usize..upto.max(from) as usize] {
            let user = guest.connection.user_id;
            if matches!(&fact.fact, Fact::CredentialLost(loss) if guest.connection.covered_by(*loss)) {
                break;
            }
            if fact.audience.includes(user) {
                seen.push(fact.seq);
            }
            if domain::events::ending(&fact.fact).concerns(user) {
                break;
            }
        }
        seen
    }

    /// Delivers all that waits, and judges.
    pub fn ends(mut self) {
        while self.flush.is_some() || self.stage.topic.flush().is_some_and(|flush| self.goes_on(flush)) {
            self.piece();
            self.receive();
        }
        let taken = self.taken().unwrap_or(0);
        let mut busy = 0;
        for guest in &self.guests {
            let Some(from) = guest.from else {
                assert_eq!(guest.got, [], "it never joined");
                continue;
            };
            let upto = guest.until.unwrap_or(taken);
            assert_eq!(events(guest), self.visible(guest, from, upto));
            self.signals_of(guest, from);
            busy += usize::from(!guest.got.is_empty());
        }
        assert!(busy > 100, "something happened");
    }

    fn goes_on(&mut self, flush: Flush) -> bool {
        self.flush = Some((flush, None));
        true
    }

    /// Each signal at most once, in order, behind the facts that it came after and before those that it came before; all of them
    /// if the connection was there from before to the end.
    fn signals_of(&self, guest: &Guest, from: i64) {
        let (mut reached, mut place, mut count) = (from, 0, 0);
        for got in &guest.got {
            match got {
                Got::Event(seq) => reached = *seq,
                Got::Typing(user) => {
                    let later = self.signals[place..]
                        .iter()
                        .position(|(typist, _)| typist == user);
                    let at = place + later.expect("in order, and once");
                    let after = self.signals[at].1;
                    assert!(
                        reached <= after.max(from),
                        "{reached} came before what followed {after}"
                    );
                    let missing = self.visible(guest, reached, after);
                    assert_eq!(missing, [0; 0], "facts that went before");
                    (place, count) = (at + 1, count + usize::from(at >= guest.signals));
                }
            }
        }
        if guest.until.is_none() && !guest.connection.is_closing() {
            assert_eq!(count, self.signals.len() - guest.signals);
        }
    }
}

pub fn events(guest: &Guest) -> Vec<i64> {
    let events = guest.got.iter().filter_map(|got| match got {
        Got::Event(seq) => Some(*seq),
        Got::Typing(_) => None,
    });
    events.collect()
}
