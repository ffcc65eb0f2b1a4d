//! Samples of everything that passes without being kept.

use domain::chat::{AnswerStatus, ReadMarker};
use domain::events::{AnswerHead, PresenceStatus, Signal, TaskKind, TaskState};
use domain::ids::{DocumentId, JobId, MessageId, SessionId, UserId};

use super::facts::{documents, statuses};

pub fn signals() -> Vec<Signal> {
    each!(Signal:
        Signal::Typing { .. } => [Some(SessionId::new()), None].map(|session_id| Signal::Typing {
            user_id: UserId::new(), username: "somebody".into(), session_id, is_typing: true,
        }),
        Signal::Presence { .. } => all!(PresenceStatus: Online, Offline).into_iter().map(|status| Signal::Presence {
            user_id: UserId::new(),
            username: "somebody".into(),
            status,
            session_id: Some(SessionId::new()),
            private_to: None,
        }),
        Signal::Read { .. } => [Signal::Read { marker: marker(), private_to: None }],
        Signal::DocumentProgress(_) => documents().map(Signal::DocumentProgress),
        Signal::Task(_) => tasks().map(Signal::Task),
        Signal::Answer { .. } => all!(AnswerStatus: Queued, Running).into_iter().map(|status| Signal::Answer {
            answer: answer(), status, position: 1,
        }),
        Signal::Delta { .. } => [Signal::Delta { answer: answer(), offset: 0, content: "piece".into() }],
    )
}

pub fn marker() -> ReadMarker {
    ReadMarker {
        session_id: SessionId::new(),
        user_id: UserId::new(),
        message_id: MessageId::new(),
    }
}

fn answer() -> AnswerHead {
    AnswerHead {
        message_id: MessageId::new(),
        session_id: SessionId::new(),
        question_id: MessageId::new(),
        private_to: None,
    }
}

fn tasks() -> impl Iterator<Item = TaskState> {
    let kinds = all!(TaskKind: ReadDocument).into_iter();
    kinds.flat_map(|kind| {
        let statuses = statuses().into_iter().enumerate();
        statuses.map(move |(index, status)| TaskState {
            task_id: JobId::new(),
            kind,
            document_id: DocumentId::new(),
            status,
            progress: 0.5,
            error: (index % 2 == 0).then(|| "a sentence".into()),
        })
    })
}
