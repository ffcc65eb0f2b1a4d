//! No statement of a use case looks at a whole table, or sorts what an index has in order: its cost must not grow with what is
//! stored. No ANALYZE has run, so the plans do not depend on what is in the tables.

use std::collections::BTreeMap;

use domain::chat::Span;
use domain::events::{SeqRange, StreamId};
use domain::task::Tasks;
use sea_orm::ConnectionTrait;

use super::*;
use crate::store::tests::stage::PAGE;

/// A step of a plan that may be there: part of the statement, and the step. Why stands beside it.
const ALLOWED: [(&str, &str); 9] = [
    // What an inner query gives, which has a limit or comes from an index itself.
    ("AS visible", "SCAN visible"),
    ("AS bounded", "SCAN m"),
    ("FROM sessions s JOIN messages m", "SCAN placed"),
    ("FROM sessions s JOIN messages m", "SCAN (subquery-"),
    ("FROM sessions s JOIN messages m", "SCAN n"),
    // At most fifty-one messages of each of fifty sessions are put in an order that crosses sessions.
    ("FROM sessions s JOIN messages m", "USE TEMP B-TREE FOR ORDER BY"),
    ("json_group_array(json_array(hex(k.session_id)", "SCAN n"),
    ("UNION ALL SELECT bot_id, size", "SCAN stored"),
    ("UNION ALL SELECT bot_id, size", "USE TEMP B-TREE FOR GROUP BY"),
];

async fn plan(db: &DatabaseConnection, statement: &Statement, sql: &str) -> Vec<String> {
    let mut explain = statement.clone();
    explain.sql = format!("EXPLAIN QUERY PLAN {sql}");
    let rows = db.query_all_raw(explain).await.unwrap();
    rows.iter()
        .map(|row| row.try_get("", "detail").unwrap())
        .collect()
}

#[tokio::test]
async fn every_statement_finds_its_rows_by_an_index() {
    let house = house().await;
    let House { ann, bob, bot, .. } = &house;
    let session = house.session().await;
    let (first, second) = (house.post(session).await, house.post(session).await);
    house.chat.mark_read(bob, session, first).await.unwrap();
    house.chat.mark_read(bob, session, second).await.unwrap();
    house.document().await;
    house.accounts.identify(bob.credential).await.unwrap();
    for span in [Span::Newest, Span::Before(second), Span::After(first)] {
        house.chat.messages(bob, session, span, 50).await.unwrap();
    }
    house.chat.readable(bob, *bot, session).await.unwrap();
    house
        .chat
        .readable_with(bob.credential, *bot, session)
        .await
        .unwrap();
    house.bots.reader_with(bob.credential, *bot).await.unwrap();
    house.bots.require_reader(bob, *bot).await.unwrap();
    house.chat.session(bob, session).await.unwrap();
    house.chat.sessions(bob, *bot, PAGE).await.unwrap();
    house.chat.search(bob, *bot, "word", PAGE).await.unwrap();
    let text = Content::parse("another word").unwrap();
    house.chat.edit(ann, first, text).await.unwrap();
    house.bots.list(ann, &Default::default(), PAGE).await.unwrap();
    house.bots.snapshot(bob, *bot).await.unwrap();
    house.bots.audit(ann, *bot, PAGE).await.unwrap();
    let admin = &Caller {
        tenant_admin: true,
        ..ann.clone()
    };
    house.accounts.audit(admin, PAGE).await.unwrap();
    let tasks = Tasks::new(Arc::new(house.watched.clone()));
    tasks.list(admin, PAGE).await.unwrap();
    house.sharing.list(ann, *bot, PAGE).await.unwrap();
    house.inbox.list(bob, false, PAGE).await.unwrap();
    house.inbox.list(bob, true, PAGE).await.unwrap();
    house.inbox.unread(bob).await.unwrap();
    let range = SeqRange {
        since: Some(1),
        epoch: None,
    };
    house
        .events
        .greet_bot(bob.credential, *bot, Some(&range))
        .await
        .unwrap();
    house
        .events
        .greet_inbox(bob.credential, Some(&range))
        .await
        .unwrap();
    house.events.history(bob, *bot, &range, 50).await.unwrap();
    house
        .events
        .page(StreamId::Bot(*bot).into(), bob.user_id, 0, Some(2), 50)
        .await
        .unwrap();
    house.inbox.read_all(bob).await.unwrap();
    house.chat.delete(ann, second).await.unwrap();
    house.sharing.end_expired().await.unwrap();
    house.chat.delete_session(ann, session).await.unwrap();

    let statements: BTreeMap<String, Statement> = house
        .watched
        .taken()
        .into_iter()
        .map(|statement| (statement.sql.clone(), statement))
        .collect();
    assert!(statements.len() > 60, "only {} statements", statements.len());
    let mut bad = Vec::new();
    for statement in statements.values() {
        // A text of several statements is explained one by one.
        for sql in statement.sql.split("; ").flat_map(|sql| sql.split(";\n")) {
            for step in plan(&house.watched.db, statement, sql).await {
                let scans = step.starts_with("SCAN ") && !step.contains("VIRTUAL TABLE INDEX");
                let sorts = step.contains("TEMP B-TREE");
                let allowed = ALLOWED
                    .iter()
                    .any(|(of, what)| sql.contains(of) && step.contains(what));
                if (scans || sorts) && !allowed {
                    bad.push(format!("{step}: {sql}"));
                }
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
