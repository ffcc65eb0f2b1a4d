//! Answers of a bot: stopping one, asking for another. They are asked for by posting a message (`messages`), and written in the
//! background.

use std::sync::Arc;
use std::time::Duration;

use domain::Error;
use domain::chat::Stoppable;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::Tag;
use super::answer::{Accepted, Act, Outcome, Reply};
use super::request::{Id, Signed};
use crate::app::App;

pub struct AnswersApi {
    pub app: Arc<App>,
}

/// An answer that is on its way.
#[derive(Object)]
pub struct AnswerRef {
    /// The id that its message will have.
    pub message_id: Uuid,
}

#[derive(Object)]
struct AskedView {
    answer: AnswerRef,
}

#[derive(Object)]
struct EndedView {
    message_id: Uuid,
    /// How the answer ended: `cancelled`, or `complete`, `failed` or `interrupted` if that came first.
    status: String,
}

#[OpenApi(tag = "Tag::Conversations")]
impl AnswersApi {
    /// Stop an answer
    ///
    /// What is written of it stays, as its message. An answer that came to its end before stays as it is.
    #[oai(
        path = "/messages/:message_id/cancel",
        method = "post",
        operation_id = "cancelAnswer"
    )]
    async fn cancel(
        &self,
        caller: Signed,
        /// The answer's id.
        message_id: Path<Id>,
    ) -> Outcome<Reply<EndedView>, Act> {
        let id = message_id.0.into();
        let answers = &self.app.answers;
        let mut known = answers.stoppable(&caller.0, id).await?;
        if known == Stoppable::Unfinished {
            self.app.answering.cancel(id).await?;
            known = answers.stoppable(&caller.0, id).await?;
        }
        let Stoppable::Ended(status) = known else {
            // Its end could not be stored just now.
            return Err(Error::Unavailable {
                retry_after: Duration::from_secs(1),
            }
            .into());
        };
        Ok(Reply::new(EndedView {
            message_id: id.0,
            status,
        }))
    }

    /// Ask for another answer to the same question
    #[oai(
        path = "/messages/:message_id/regenerate",
        method = "post",
        operation_id = "regenerateAnswer"
    )]
    async fn regenerate(
        &self,
        caller: Signed,
        /// The id of the answer that is there.
        message_id: Path<Id>,
    ) -> Outcome<Accepted<AskedView>, Act> {
        let answer = self
            .app
            .answers
            .regenerate(&caller.0, message_id.0.into())
            .await?;
        self.app.answering.wake();
        Ok(Accepted::new(AskedView {
            answer: AnswerRef { message_id: answer.0 },
        }))
    }
}
