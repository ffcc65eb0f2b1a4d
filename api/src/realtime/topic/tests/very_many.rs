//! What is special about a pass over very many: it waits for company, and it goes out in parts.

use futures_util::poll;
use infra::bus::Company;
use tokio::sync::watch;

use super::pieces::{Hall, key, piece, rest, revoked};
use super::*;

const VERY_MANY: usize = 600;

fn hall(members: usize) -> Hall {
    let mut hall = Hall::new();
    hall.fill(members);
    hall.plain(1..=1);
    hall
}

fn everybody_has(hall: &Hall, numbers: std::ops::RangeInclusive<i64>) {
    let numbers: Vec<_> = numbers.collect();
    for member in &hall.members {
        assert_eq!(received(member), numbers);
    }
}

#[tokio::test]
async fn what_others_are_just_committing_is_waited_for() {
    let hall = hall(VERY_MANY);
    let company = watch::Sender::new(Company::Coming);
    let mut run = Box::pin(hall.flush().run_in_pieces(company.clone()));
    assert!(poll!(&mut run).is_pending());
    hall.plain(2..=3);
    company.send_replace(Company::None);
    // One pass for all three: none is delivered before the others.
    while hall.stage.topic.delivered() == Some(0) {
        let _ = poll!(&mut run);
        tokio::task::yield_now().await;
    }
    assert_eq!(hall.stage.topic.delivered(), Some(3));
    run.await;
    everybody_has(&hall, 1..=3);
}

#[tokio::test]
async fn company_that_does_not_come_is_not_waited_for_long() {
    let hall = hall(VERY_MANY);
    let company = watch::Sender::new(Company::Coming);
    hall.flush().run_in_pieces(company.clone()).await;
    everybody_has(&hall, 1..=1);
    assert_eq!(*company.borrow(), Company::None, "nor by the next pass");
}

#[tokio::test]
async fn fewer_wait_for_nothing() {
    let hall = hall(300);
    let company = watch::Sender::new(Company::Coming);
    let mut run = Box::pin(hall.flush().run_in_pieces(company));
    // It gives way to others for some turns, and needs no timer to go on.
    let turns = (0..20).find(|_| poll_once(&mut run));
    assert!(turns.is_some());
    everybody_has(&hall, 1..=1);
}

fn poll_once(run: &mut std::pin::Pin<Box<impl Future<Output = ()>>>) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    run.as_mut().poll(&mut context).is_ready()
}

/// On several threads, and everybody gets everything in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pass_over_very_many_goes_out_in_parts() {
    let mut hall = Hall::new();
    hall.fill(2_000);
    hall.plain(1..=40);
    hall.take([revoked(&hall.stage, 41, &hall.members[1_500])]);
    hall.plain(42..=80);
    let mut flush = hall.flush();
    let pass = flush.next(3).unwrap();
    let starts: Vec<_> = pass.parts.iter().map(|keys| keys.start).collect();
    assert_eq!(starts, [0, key(666), key(1_333)]);
    let mut last = starts[2];
    while let Some(next) = piece(&flush, &pass, last) {
        last = next;
    }
    assert_eq!(hall.given(key(1_332), &hall.members[1_332]), 0);
    assert_eq!(hall.given(key(1_333), &hall.members[1_333]), 40);
    assert!(received(&hall.members[0]).is_empty());
    rest(&flush, &pass, Some(0));
    rest(&flush, &pass, Some(starts[1]));
    flush.run_in_pieces(watch::Sender::new(Company::None)).await;
    for (place, member) in hall.members.iter().enumerate() {
        let last = if place == 1_500 { 41 } else { 80 };
        assert_eq!(received(member), (1..=last).collect::<Vec<_>>());
        assert_eq!(hall.given(key(place), member), last);
    }
}
