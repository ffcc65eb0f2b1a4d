//! The message that ends an answer, with what its metadata says: how it ended, what wrote it, what it cites.

use serde_json::{Value, json};

use super::answer::{Answer, AnswerEnd};
use super::answering::Outcome;
use super::model::{Message, MessageRole};
use super::responder::Citation;
use super::service::fact_of;
use crate::access::{Access, as_system, end_if_expired};
use crate::caller::Actor;
use crate::document::Place;
use crate::error::Result;
use crate::events::{Fact, record};
use crate::store::Tx;

/// `None`: it was ended before, or its bot or session is gone; then nothing happened.
pub(super) async fn end(
    tx: &mut dyn Tx,
    answer: &Answer,
    content: &str,
    outcome: Outcome,
) -> Result<Option<AnswerEnd>> {
    let Some(access) = as_system(tx, answer.bot_id).await? else {
        return Ok(None);
    };
    let Some(session) = tx.find_session(answer.session_id).await? else {
        return Ok(None);
    };
    if !tx.delete_answer(answer.message_id).await? {
        return Ok(None);
    }
    // It may be that which has ended it: it is told before.
    end_if_expired(tx, &access, answer.asked_by).await?;
    let (end, metadata, cited) = metadata(tx, &access, answer, outcome).await?;
    let name = access.bot().name.clone();
    let mut message = Message {
        id: answer.message_id,
        session_id: session.id,
        bot_id: access.bot_id(),
        user_id: None,
        username: name.clone(),
        role: MessageRole::Assistant,
        content: content.to_owned(),
        metadata,
        created_at: tx.now(),
        edited_at: None,
        seq: 0,
    };
    let actor = Actor {
        user_id: None,
        username: name,
    };
    let fact = Fact::MessagePosted(fact_of(&message, &session));
    message.seq = record(tx, &access, &actor, fact, &[]).await?.seq;
    tx.insert_message(&access, &message).await?;
    let mut documents: Vec<_> = cited.iter().map(|citation| citation.document_id).collect();
    documents.sort();
    documents.dedup();
    tx.insert_citations(&access, message.id, &documents).await?;
    Ok(Some(end))
}

/// Documents that went while the answer was written are not cited.
async fn metadata(
    tx: &mut dyn Tx,
    access: &Access,
    answer: &Answer,
    outcome: Outcome,
) -> Result<(AnswerEnd, Value, Vec<Citation>)> {
    let Outcome {
        end,
        written,
        failure,
    } = outcome;
    let failed_model = failure.as_ref().and_then(|failure| failure.model.clone());
    let (model, usage, mut citations) = match written {
        Some(written) => (Some(written.model), written.usage, written.citations),
        None => (failed_model, None, Vec::new()),
    };
    let places: Vec<_> = citations.iter().map(place).collect();
    if !places.is_empty() {
        let standing = tx.passages(access, &places).await?;
        citations.retain(|citation| {
            standing
                .iter()
                .any(|passage| passage.document_id == citation.document_id && passage.chunk == citation.chunk)
        });
    }
    let mut metadata = json!({
        "status": end,
        "question_id": answer.question_id,
        "model": model,
        "citations": citations,
    });
    if let Some(usage) = usage {
        metadata["usage"] = json!(usage);
    }
    if let Some(regenerates) = answer.regenerates {
        metadata["regenerates"] = json!(regenerates);
    }
    if let Some(failure) = failure {
        metadata["error"] = json!({ "code": failure.code, "message": failure.message });
    }
    Ok((end, metadata, citations))
}

fn place(citation: &Citation) -> Place {
    Place {
        document_id: citation.document_id,
        n: citation.chunk,
    }
}
