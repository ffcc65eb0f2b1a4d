//! `/bots/{bot_id}/presence`: who is here now.

use std::sync::Arc;

use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::Tag;
use super::answer::{Look, Outcome, Reply};
use super::request::{Id, Signed};
use crate::app::App;
use crate::realtime::Online;

pub struct PresenceApi {
    pub app: Arc<App>,
}

#[derive(Object)]
pub struct PresentPerson {
    user_id: Uuid,
    username: String,
    /// The session being looked at, if the asker may know of it.
    session_id: Option<Uuid>,
}

impl From<Online> for PresentPerson {
    fn from(present: Online) -> Self {
        Self {
            user_id: present.user_id.0,
            username: present.username.to_string(),
            session_id: present.session_id.map(|session| session.0),
        }
    }
}

#[derive(Object)]
struct PresenceView {
    items: Vec<PresentPerson>,
}

#[OpenApi(tag = "Tag::Bots")]
impl PresenceApi {
    /// Who is here now
    #[oai(path = "/bots/:bot_id/presence", method = "get", operation_id = "getPresence")]
    async fn presence(&self, caller: Signed, bot_id: Path<Id>) -> Outcome<Reply<PresenceView>, Look> {
        let id = bot_id.0.into();
        self.app.bots.require_reader(&caller.0, id).await?;
        let items = self.app.live.presence(id, &caller.0);
        Ok(Reply::new(PresenceView {
            items: items.into_iter().map(PresentPerson::from).collect(),
        }))
    }
}
