//! Two nodes on a real PostgreSQL.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use services::Postgres;
use tokio::time::interval;

use super::*;
use crate::bus::{Bus, Notice, Receiver};

/// Far more than two silences and what a busy machine adds.
const BOUND: Duration = Duration::from_secs(60);

async fn letter(heard: &mut Receiver) -> Value {
    let seek = async {
        loop {
            if let Notice::Letter(_, letter) = heard.recv().await.unwrap() {
                return letter.as_ref().clone();
            }
        }
    };
    timeout(BOUND, seek).await.expect("a letter")
}

async fn until(what: &str, good: impl Fn() -> bool) {
    let mut looks = interval(Duration::from_millis(20));
    let seek = async {
        while !good() {
            looks.tick().await;
        }
    };
    timeout(BOUND, seek).await.expect(what);
}

#[tokio::test]
async fn a_server_that_is_silent_counts_as_gone_and_is_found_again() {
    let postgres = Postgres::start();
    let url = postgres.url("postgres").into();
    let (one, other) = (Bus::postgres(&url).unwrap(), Bus::postgres(&url).unwrap());
    let mut heard = other.subscribe();
    // A node that has never spoken does not know that it can.
    for bus in [&one, &other] {
        bus.write(json!("first"));
    }
    until("both are up", || one.is_up() && other.is_up()).await;
    one.write(json!("hello"));
    while letter(&mut heard).await != "hello" {}

    postgres.process().signal_all("STOP");
    // The second says nothing: that it does not hear is found out by asking.
    one.write(json!("to nobody"));
    until("the one that speaks notices", || !one.is_up()).await;
    one.write(json!("of old"));
    until("the one that listens notices", || !other.is_up()).await;
    postgres.process().signal_all("CONT");
    until("both are up again", || one.is_up() && other.is_up()).await;
    one.write(json!("again"));
    loop {
        match letter(&mut heard).await.as_str() {
            Some("again") => break,
            // It was on its way already, and may have arrived.
            said => assert_eq!(said, Some("to nobody")),
        }
    }
}
