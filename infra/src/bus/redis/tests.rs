//! Two nodes on a real Redis.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use domain::events::{Audience, Fact, Loss, Recorded, StreamId};
use domain::ids::{EventId, UserId};
use domain::time::Timestamp;
use serde_json::{Value, json};
use services::Redis;
use tokio::time::timeout;

use super::*;
use crate::bus::{Bus, Company, Notice, Receiver};

/// A node in this epoch that is connected, and what it hears from then on.
async fn node(redis: &Redis, epoch: &str) -> (Bus, Receiver) {
    let bus = Bus::redis(&redis.url().into()).unwrap();
    let mut heard = bus.subscribe();
    bus.enter(Epoch(epoch.into()));
    // Its own connection tells it so, when nodes hear it.
    next(&mut heard, |notice| {
        matches!(notice, Notice::Missed).then_some(())
    })
    .await;
    assert!(bus.is_up());
    (bus, heard)
}

/// The first notice that `wanted` has something to say about.
async fn next<T>(heard: &mut Receiver, wanted: impl Fn(&Notice) -> Option<T>) -> T {
    let seek = async {
        loop {
            let notice = heard.recv().await.unwrap();
            if let Some(found) = wanted(&notice) {
                return found;
            }
        }
    };
    timeout(Duration::from_secs(20), seek).await.unwrap()
}

async fn letter(heard: &mut Receiver) -> Value {
    let letter = |notice: &Notice| match notice {
        Notice::Letter(_, letter) => Some(letter.as_ref().clone()),
        Notice::Facts(..) | Notice::Heads(_) | Notice::Signal(..) | Notice::Missed => None,
    };
    next(heard, letter).await
}

async fn facts(heard: &mut Receiver) -> Arc<[Recorded]> {
    let facts = |notice: &Notice| match notice {
        Notice::Facts(facts, ..) => Some(facts.clone()),
        Notice::Letter(..) | Notice::Heads(_) | Notice::Signal(..) | Notice::Missed => None,
    };
    next(heard, facts).await
}

async fn until(what: &str, good: impl Fn() -> bool) {
    let turn = async {
        while !good() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), turn)
        .await
        .unwrap_or_else(|_| panic!("{what}"));
}

fn fact(stream: StreamId, seq: i64) -> Recorded {
    Recorded {
        stream,
        seq,
        id: EventId::new(),
        at: Timestamp::now(),
        audience: Audience::Everyone,
        fact: Fact::CredentialLost(Loss::All),
    }
}

#[tokio::test]
async fn facts_arrive_whole_and_in_their_order() {
    let redis = Redis::start();
    let (one, mut own) = node(&redis, "first").await;
    let (_other, mut heard) = node(&redis, "first").await;
    let stream = StreamId::User(UserId::new());
    let said: Vec<_> = (1..=600).map(|seq| fact(stream, seq)).collect();
    for fact in &said {
        one.publish(vec![fact.clone()], Company::None);
    }
    one.write(json!("the end"));
    for fact in &said {
        let heard = facts(&mut heard).await;
        assert_eq!(
            (heard[0].seq, heard[0].id, heard[0].stream),
            (fact.seq, fact.id, stream)
        );
        assert_eq!(heard[0].fact, fact.fact);
        assert_eq!(facts(&mut own).await[0].seq, fact.seq);
    }
    assert_eq!(letter(&mut heard).await, "the end");
    // What a node has said itself it does not hear once more.
    one.signal_here(signal());
    let nothing = |notice: &Notice| match notice {
        Notice::Facts(..) | Notice::Letter(..) => panic!("{notice:?}"),
        Notice::Signal(..) => Some(()),
        Notice::Heads(_) | Notice::Missed => None,
    };
    next(&mut own, nothing).await;
}

fn signal() -> domain::events::Sent {
    domain::events::Sent {
        bot_id: domain::ids::BotId::new(),
        seen: 0,
        at: Timestamp::now(),
        signal: domain::events::Signal::Typing {
            user_id: UserId::new(),
            username: "ann".into(),
            session_id: None,
            is_typing: true,
        },
    }
}

#[tokio::test]
async fn nodes_of_another_epoch_do_not_hear() {
    let redis = Redis::start();
    let (one, _) = node(&redis, "first").await;
    let (_other, mut heard) = node(&redis, "first").await;
    let (apart, mut heard_apart) = node(&redis, "second").await;
    one.write(json!("first"));
    assert_eq!(letter(&mut heard).await, "first");
    // The server has passed on what `one` said: whoever was to hear it has been sent it already.
    let (third, mut heard_third) = node(&redis, "second").await;
    third.write(json!("second"));
    assert_eq!(letter(&mut heard_apart).await, "second");

    one.enter(Epoch("second".into()));
    next(&mut heard_third, |notice| {
        matches!(notice, Notice::Missed).then_some(())
    })
    .await;
    until("the first is up in its new epoch", || one.is_up()).await;
    one.write(json!("I came later"));
    assert_eq!(letter(&mut heard_third).await, "I came later");
    drop(apart);
}

#[tokio::test]
async fn a_server_that_is_silent_counts_as_gone_and_what_was_said_to_it_is_said_to_be_missed() {
    let redis = Redis::start();
    let (one, mut own) = node(&redis, "first").await;
    let (other, mut heard) = node(&redis, "first").await;
    redis.pause();
    for n in 0..10_000 {
        one.write(json!(n));
    }
    until("both nodes notice", || !one.is_up() && !other.is_up()).await;
    one.write(json!("to nobody"));
    redis.go_on();
    until("both nodes are back", || one.is_up() && other.is_up()).await;
    for heard in [&mut own, &mut heard] {
        next(heard, |notice| matches!(notice, Notice::Missed).then_some(())).await;
    }
    one.write(json!("again"));
    while letter(&mut heard).await != "again" {}
}

#[tokio::test]
async fn a_server_that_dies_is_looked_for_until_it_is_back() {
    let mut redis = Redis::start();
    let (one, _own) = node(&redis, "first").await;
    let (other, mut heard) = node(&redis, "first").await;
    redis.end("KILL");
    until("both nodes notice", || !one.is_up() && !other.is_up()).await;
    one.write(json!("to nobody"));
    redis.resume();
    until("both nodes are back", || one.is_up() && other.is_up()).await;
    next(&mut heard, |notice| {
        matches!(notice, Notice::Missed).then_some(())
    })
    .await;
    one.write(json!("again"));
    while letter(&mut heard).await != "again" {}

    one.close().await;
    let listeners = || redis.command(&["PUBSUB", "NUMSUB", "colloquy:{first}"])[1].clone();
    until("a node that was closed is gone", || listeners() == "1").await;
}

#[tokio::test]
async fn what_a_node_of_another_version_says_does_no_harm() {
    let redis = Redis::start();
    let (_one, mut heard) = node(&redis, "first").await;
    let channel = "colloquy:{first}";
    for nonsense in ["", "nonsense", "\n", "a b c d\n[]"] {
        redis.command(&["PUBLISH", channel, nonsense]);
    }
    let stranger = Uuid::new_v4().simple().to_string();
    let said = [
        r#"[{"letter":"first"}]"#,
        r#"[{"invention":{"of":"tomorrow"}},{"letter":"next"}]"#,
        r#"[{"letter":"last"}]"#,
    ];
    for (number, text) in said.into_iter().enumerate() {
        redis.command(&["PUBLISH", channel, &format!("{stranger} {number} 0 1\n{text}")]);
    }
    let told = |notice: &Notice| match notice {
        Notice::Letter(_, letter) => Some(letter.as_ref().clone()),
        Notice::Missed => Some(json!("missed")),
        Notice::Facts(..) | Notice::Heads(_) | Notice::Signal(..) => Some(json!("something else")),
    };
    for expected in ["first", "next", "missed", "last"] {
        assert_eq!(next(&mut heard, told).await, expected);
    }
}

#[tokio::test]
async fn addresses_that_make_no_sense_are_refused_without_being_repeated() {
    for url in [
        "http://hunter2@h",
        "redis://",
        "redis://:hunter2@h/two",
        "hunter2",
    ] {
        let error = Bus::redis(&url.into()).unwrap_err();
        assert!(!format!("{error:?}{error}").contains("hunter2"), "{error:?}");
    }
}
