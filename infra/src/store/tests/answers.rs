//! Unfinished answers: whose turn it is, who may see them, and where they end; and the model servers of bots.

use domain::Caller;
use domain::access::{Access, Action, authorize};
use domain::bot::{Provider, ProviderKind, ProviderRows};
use domain::chat::{Answer, AnswerRows, AnswerStatus, ChatRows, Lease, Visibility};
use domain::ids::{MessageId, NodeId, SessionId};
use domain::store::Tx;

use super::NODE;
use super::stage::{Stage, new_bot, stage};
use crate::store::*;

async fn access(tx: &mut SqlTx, stage: &Stage) -> Access {
    authorize(tx, &stage.ann, stage.bot, Action::Converse)
        .await
        .unwrap()
}

pub async fn ask(tx: &mut SqlTx, access: &Access, session: SessionId, who: &Caller) -> Answer {
    let answer = Answer {
        message_id: MessageId::new(),
        bot_id: access.bot_id(),
        session_id: session,
        question_id: MessageId::new(),
        asked_by: who.user_id,
        status: AnswerStatus::Queued,
        content: String::new(),
        regenerates: None,
        private_to: None,
        lease: None,
        is_stopped: false,
    };
    tx.insert_answer(access, &answer).await.unwrap();
    answer
}

fn lease(tx: &SqlTx) -> Lease {
    Lease {
        node: NODE,
        until: tx.now().plus(Duration::from_secs(15)),
    }
}

pub async fn own_provider(tx: &mut SqlTx, access: &Access) -> Provider {
    let provider = Provider {
        kind: ProviderKind::Ollama,
        base_url: "http://localhost:11434".into(),
        sealed_key: None,
        updated_at: tx.now(),
    };
    tx.put_provider(access, &provider).await.unwrap();
    provider
}

fn ids(answers: &[Answer]) -> Vec<MessageId> {
    answers.iter().map(|answer| answer.message_id).collect()
}

async fn due(tx: &mut SqlTx, per_user: u64, limit: u64) -> Vec<MessageId> {
    ids(&tx.due_answers(per_user, limit).await.unwrap())
}

#[tokio::test]
async fn the_first_of_each_session_is_due_and_nobody_gets_more_than_their_share() {
    let stage = stage().await;
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(stage.session(&stage.ann, Visibility::Shared).await);
    }
    let mut tx = stage.store.begin_write().await.unwrap();
    let here = access(&mut tx, &stage).await;
    let mut asked = Vec::new();
    for (session, who) in [
        (0, &stage.ann),
        (0, &stage.bob),
        (1, &stage.ann),
        (2, &stage.ann),
        (3, &stage.bob),
    ] {
        asked.push(ask(&mut tx, &here, sessions[session], who).await.message_id);
    }
    let [a0, b0, a1, a2, b3] = asked[..] else {
        panic!("five were asked")
    };
    assert_eq!(due(&mut tx, 10, 10).await, [a0, a1, a2, b3]);
    assert_eq!(due(&mut tx, 10, 2).await, [a0, a1]);
    assert_eq!(due(&mut tx, 2, 10).await, [a0, a1, b3], "within one batch too");
    assert_eq!(due(&mut tx, 0, 10).await, []);

    let lease = lease(&tx);
    tx.start_answer(a0, lease).await.unwrap();
    assert_eq!(
        due(&mut tx, 2, 10).await,
        [a1, b3],
        "one runs, and its session waits"
    );
    tx.start_answer(a1, lease).await.unwrap();
    assert_eq!(due(&mut tx, 2, 10).await, [b3]);
    assert!(tx.delete_answer(a0).await.unwrap());
    assert!(!tx.delete_answer(a0).await.unwrap());
    assert_eq!(due(&mut tx, 2, 10).await, [b0, a2, b3]);
    assert_eq!(tx.count_answers_for(stage.ann.user_id).await.unwrap(), 2);
    assert_eq!(tx.count_answers_for(stage.bob.user_id).await.unwrap(), 2);
    assert_eq!(ids(&tx.unfinished(3).await.unwrap()), [b0, a1, a2]);
}

#[tokio::test]
async fn an_answer_comes_back_as_it_went_and_private_ones_to_their_reader_alone() {
    let stage = stage().await;
    let session = stage.session(&stage.ann, Visibility::Private).await;
    let elsewhere = stage.bots.create(&stage.ann, new_bot("other"), None).await;
    let elsewhere = elsewhere.unwrap().value.id;
    let mut tx = stage.store.begin_write().await.unwrap();
    let here = access(&mut tx, &stage).await;
    let there = authorize(&mut tx, &stage.ann, elsewhere, Action::Converse)
        .await
        .unwrap();
    let shared = ask(&mut tx, &here, session, &stage.ann).await;
    let mut private = Answer {
        message_id: MessageId::new(),
        regenerates: Some(MessageId::new()),
        private_to: Some(stage.ann.user_id),
        ..shared.clone()
    };
    tx.insert_answer(&here, &private).await.unwrap();
    let lease = lease(&tx);
    tx.start_answer(private.message_id, lease).await.unwrap();
    tx.flush_answer(private.message_id, "so far", lease)
        .await
        .unwrap();
    let stranger = Lease {
        node: NodeId::new(),
        ..lease
    };
    tx.flush_answer(private.message_id, "not theirs", stranger)
        .await
        .unwrap();
    private.status = AnswerStatus::Running;
    private.lease = Some(lease);
    private.content = "so far".into();
    assert_eq!(
        tx.find_answer(private.message_id).await.unwrap(),
        Some(private.clone())
    );
    assert_eq!(tx.find_answer(MessageId::new()).await.unwrap(), None);
    assert_eq!(tx.written_by(NODE, 10).await.unwrap(), [private.clone()]);
    assert_eq!(tx.written_by(stranger.node, 10).await.unwrap(), []);
    let (ann, bob) = (stage.ann.user_id, stage.bob.user_id);
    assert_eq!(
        tx.answers(&here, ann).await.unwrap(),
        [shared.clone(), private.clone()]
    );
    assert_eq!(tx.answers(&here, bob).await.unwrap(), [shared]);
    assert_eq!(tx.answers(&there, ann).await.unwrap(), []);
    tx.delete_session(&here, session).await.unwrap();
    assert_eq!(tx.unfinished(10).await.unwrap(), []);
}

#[tokio::test]
async fn a_bots_own_model_server_is_put_replaced_and_removed() {
    let stage = stage().await;
    let mut tx = stage.store.begin_write().await.unwrap();
    let here = access(&mut tx, &stage).await;
    assert_eq!(tx.provider(&here).await.unwrap(), None);
    let mut provider = own_provider(&mut tx, &here).await;
    assert_eq!(tx.provider(&here).await.unwrap(), Some(provider.clone()));
    provider.kind = ProviderKind::Anthropic;
    provider.sealed_key = Some(vec![0, 255, 7]);
    tx.put_provider(&here, &provider).await.unwrap();
    assert_eq!(tx.provider(&here).await.unwrap(), Some(provider));
    assert!(tx.delete_provider(&here).await.unwrap());
    assert!(!tx.delete_provider(&here).await.unwrap());
}
