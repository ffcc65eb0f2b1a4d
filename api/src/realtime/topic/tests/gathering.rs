//! When a pass waits for company, and when it does not.

use std::time::Duration;

use super::pieces::{Hall, rest};
use super::*;

#[test]
fn facts_gather_only_where_several_come_at_once() {
    let hall = Hall::new();
    let took = Duration::from_millis(6);
    let gathering = |flush: &mut Flush| {
        let pass = flush.next().unwrap();
        rest(flush, &pass, Some(0));
        flush.learn(&pass, took);
        lock(&hall.stage.topic.order).gathering
    };
    hall.plain(1..=1);
    let mut flush = hall.flush();
    assert_eq!(gathering(&mut flush), Duration::ZERO, "one alone");
    hall.plain(2..=3);
    assert_eq!(gathering(&mut flush), took / 2, "two at once");
    hall.plain(4..=4);
    assert_eq!(gathering(&mut flush), Duration::ZERO, "again one");
    hall.plain(5..=5);
    let pass = flush.next().unwrap();
    hall.plain(6..=6);
    rest(&flush, &pass, Some(0));
    flush.learn(&pass, Duration::from_secs(1));
    let longest = lock(&hall.stage.topic.order).gathering;
    assert_eq!(longest, Duration::from_millis(4), "one came meanwhile");
    flush.run();
}
