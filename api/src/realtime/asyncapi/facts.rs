//! Samples of everything durable. Fields that can be missing are so in one of them.

use domain::access::Role;
use domain::chat::{AnswerEnd, Citation, Message, MessageRole, Session, SessionStatus, Usage, Visibility};
use domain::document::{DocumentStatus, Stage};
use domain::events::{
    BotChangeFact, BotFact, DocumentAction, DocumentFact, DocumentHead, EndReason, Fact, Loss, MessageFact,
    PermissionAction, PermissionFact,
};
use domain::ids::{BotId, DocumentId, JobId, MessageId, NotificationId, SessionId, UserId};
use domain::notification::{Notification, NotificationType};
use domain::time::Timestamp;
use serde_json::{Value, json};

pub fn facts() -> Vec<Fact> {
    each!(Fact:
        Fact::MessagePosted(_) => messages().map(Fact::MessagePosted),
        Fact::MessageUpdated(_) => messages().map(Fact::MessageUpdated),
        Fact::MessageDeleted { .. } => [Some(UserId::new()), None].map(|deleted_by| Fact::MessageDeleted {
            message_id: MessageId::new(),
            session_id: SessionId::new(),
            deleted_by,
            private_to: None,
        }),
        Fact::SessionCreated(_) => sessions().map(Fact::SessionCreated),
        Fact::SessionUpdated(_) => sessions().map(Fact::SessionUpdated),
        Fact::SessionDeleted { .. } => [Fact::SessionDeleted { session_id: SessionId::new(), private_to: None }],
        Fact::PermissionChanged(_) => permissions().map(Fact::PermissionChanged),
        Fact::BotChanged(_) => bot_changes().flat_map(|change| {
            [Some(UserId::new()), None].map(|by| Fact::BotChanged(BotFact { change: change.clone(), by }))
        }),
        Fact::DocumentChanged(_) => documents().map(Fact::DocumentChanged),
        Fact::Notified(_) => notifications().map(Fact::Notified),
        Fact::NotificationRead { .. } => [(Some(NotificationId::new()), true), (None, false)].map(
            |(notification_id, dismissed)| Fact::NotificationRead { notification_id, dismissed, unread: 1 }
        ),
        Fact::CredentialLost(_) => [Fact::CredentialLost(Loss::All)],
    )
}

fn messages() -> impl Iterator<Item = MessageFact> {
    let roles = all!(MessageRole: User, Assistant, System).into_iter();
    let roles = roles.map(|role| message(role, json!({}), None));
    let ends = all!(AnswerEnd: Complete, Failed, Cancelled, Interrupted).into_iter();
    let ends = ends.map(|end| message(MessageRole::Assistant, metadata(end), Some(Timestamp::now())));
    let deleted = MessageFact {
        redacted: true,
        ..message(MessageRole::User, json!({}), None)
    };
    roles.chain(ends).chain([deleted])
}

fn message(role: MessageRole, metadata: Value, edited_at: Option<Timestamp>) -> MessageFact {
    let user_id = match role {
        MessageRole::User => Some(UserId::new()),
        MessageRole::Assistant | MessageRole::System => None,
    };
    let message = Message {
        id: MessageId::new(),
        session_id: SessionId::new(),
        bot_id: BotId::new(),
        user_id,
        username: "somebody".into(),
        role,
        content: "text".into(),
        metadata,
        created_at: Timestamp::now(),
        edited_at,
        seq: 1,
    };
    MessageFact {
        message,
        private_to: None,
        redacted: false,
    }
}

/// As `chat::ending` writes it.
fn metadata(end: AnswerEnd) -> Value {
    let citation = |page| Citation {
        number: 1,
        document_id: DocumentId::new(),
        filename: "house.md".into(),
        chunk: 0,
        page,
        heading: String::new(),
        score: 1.5,
        quote: "words".into(),
    };
    let mut metadata = json!({
        "status": end,
        "question_id": MessageId::new(),
        "model": (end == AnswerEnd::Complete).then_some("extractive"),
        "citations": [citation(Some(2)), citation(None)],
        "usage": Usage::default(),
        "regenerates": MessageId::new(),
    });
    if end == AnswerEnd::Failed {
        metadata["error"] = json!({ "code": "provider_busy", "message": "a sentence" });
    }
    metadata
}

fn sessions() -> impl Iterator<Item = Session> {
    let visibilities = all!(Visibility: Shared, Private).into_iter();
    let statuses = all!(SessionStatus: Open, Closed);
    visibilities.zip(statuses).map(|(visibility, status)| Session {
        id: SessionId::new(),
        bot_id: BotId::new(),
        title: "Keys".into(),
        visibility,
        status,
        auto_reply: true,
        created_by: UserId::new(),
        username: "somebody".into(),
        created_at: Timestamp::now(),
        updated_at: Timestamp::now(),
    })
}

fn permissions() -> impl Iterator<Item = PermissionFact> {
    let actions = all!(PermissionAction: Granted, Updated, Revoked).into_iter();
    let reasons = all!(EndReason: Left, Expired).into_iter().map(Some).chain([None]);
    let roles = all!(Role: Viewer, Editor, Owner);
    actions
        .zip(reasons)
        .zip(roles)
        .map(|((action, reason), role)| PermissionFact {
            target: UserId::new(),
            username: "somebody".into(),
            action,
            role,
            by: reason.is_none().then(UserId::new),
            reason,
            granted_at: Timestamp::now(),
            expires_at: reason.map(|_| Timestamp::now()),
        })
}

fn bot_changes() -> impl Iterator<Item = BotChangeFact> {
    let (name, description) = (String::from("Handbook"), String::new());
    let handed = |from: Option<UserId>, by| BotChangeFact::Ownership {
        from,
        to: UserId::new(),
        to_username: "somebody".into(),
        by,
        at: Timestamp::now(),
    };
    each!(BotChangeFact:
        BotChangeFact::Created { .. } => [BotChangeFact::Created {
            name: name.clone(), description: description.clone(), version: 1,
        }],
        BotChangeFact::Config { .. } => [BotChangeFact::Config {
            name: name.clone(), description: description.clone(), version: 2, changed: vec!["name".into()],
        }],
        BotChangeFact::Suspended => [BotChangeFact::Suspended],
        BotChangeFact::Resumed => [BotChangeFact::Resumed],
        BotChangeFact::Deleted { .. } => [BotChangeFact::Deleted { name: name.clone() }],
        BotChangeFact::Ownership { .. } => [handed(Some(UserId::new()), Some(UserId::new())), handed(None, None)],
    )
    .into_iter()
}

/// Every action with every state of a document.
pub fn documents() -> impl Iterator<Item = DocumentFact> {
    let actions = all!(DocumentAction: Uploaded, Processing, Processed, Failed, Cancelled, Deleted);
    actions.into_iter().flat_map(|action| {
        let stages = all!(Stage: Extracting, Storing, Indexing)
            .into_iter()
            .map(Some)
            .chain([None]);
        let statuses = statuses().into_iter();
        stages
            .zip(statuses)
            .map(move |(stage, status)| document(action, stage, status))
            .chain([document(action, None, DocumentStatus::Cancelled)])
    })
}

pub fn statuses() -> Vec<DocumentStatus> {
    all!(DocumentStatus: Queued, Processing, Processed, Failed, Cancelled)
}

fn document(action: DocumentAction, stage: Option<Stage>, status: DocumentStatus) -> DocumentFact {
    let failed = status == DocumentStatus::Failed;
    DocumentFact {
        action,
        document: DocumentHead {
            id: DocumentId::new(),
            filename: "house.md".into(),
            status,
            progress: 0.4,
            stage,
            error: failed.then(|| "a sentence".into()),
            content_type: "text/markdown".into(),
            size: 1834,
            sha256: "b9".repeat(32),
            chunks: 12,
            pages: (!failed).then_some(3),
            uploaded_by: UserId::new(),
            created_at: Timestamp::now(),
        },
        user_id: UserId::new(),
        task: Some(JobId::new()),
    }
}

fn notifications() -> impl Iterator<Item = Notification> {
    let kinds = all!(NotificationType: PermissionChange, Mention, BotUpdate, Document, System).into_iter();
    let items = kinds.map(|kind| Notification {
        id: NotificationId::new(),
        kind,
        title: "a title".into(),
        message: "A sentence.".into(),
        bot_id: (kind != NotificationType::System).then(BotId::new),
        action: "granted".into(),
        details: json!({ "role": "editor" }),
        created_at: Timestamp::now(),
        read_at: None,
    });
    items.flat_map(|item| [item.clone(), item.veiled()])
}
