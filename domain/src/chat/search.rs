//! Full-text search over the messages that the asker may see.

use super::model::Message;
use super::service::Chat;
use crate::access::{Action, authorize};
use crate::caller::Caller;
use crate::error::Result;
use crate::ids::BotId;
use crate::page::{Page, Paged};

/// Words of one query; what comes after is ignored.
const WORDS: usize = 16;

impl Chat {
    /// Newest first. Every word must occur; the last one may be the beginning of a word.
    pub async fn search(
        &self,
        caller: &Caller,
        bot_id: BotId,
        query: &str,
        page: Page,
    ) -> Result<Paged<Message>> {
        let mut tx = self.store.read().await?;
        let access = authorize(tx.as_mut(), caller, bot_id, Action::ReadChat).await?;
        let words: Vec<String> = query
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .take(WORDS)
            .map(str::to_lowercase)
            .collect();
        if words.is_empty() {
            return Ok(Paged {
                items: Vec::new(),
                next: None,
            });
        }
        let rows = tx.search_messages(&access, caller.user_id, &words, page).await?;
        Ok(page.cut(rows, |message| u128::from(message.seq.unsigned_abs())))
    }
}
