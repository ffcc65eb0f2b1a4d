//! Bots as the administrators of a tenant see and run them: that they exist, whose they are, how large; never what is in them.

use super::model::Bot;
use super::service::Bots;
use crate::access::{Action, authorize};
use crate::account::begin_as;
use crate::caller::Caller;
use crate::error::Result;
use crate::events::{BotChangeFact, BotFact, Fact, record};
use crate::ids::BotId;
use crate::page::{Page, Paged};
use crate::store::again;

impl Bots {
    pub async fn list_all(&self, caller: &Caller, page: Page) -> Result<Paged<Bot>> {
        caller.require_admin()?;
        let mut tx = self.store.read().await?;
        let rows = tx.bots_of_tenant(caller.tenant_id, page).await?;
        Ok(page.cut(rows, |bot| bot.id.0.as_u128()))
    }

    /// Suspending takes everyone's access by one event; resuming gives it back.
    pub async fn suspend(&self, caller: &Caller, id: BotId, suspended: bool) -> Result<Bot> {
        again(|| async {
            let (mut tx, caller) = begin_as(self.store.as_ref(), caller).await?;
            let caller = &caller;
            caller.require_admin()?;
            let access = authorize(tx.as_mut(), caller, id, Action::SuspendBot).await?;
            if access.bot().suspended != suspended {
                let at = tx.now();
                tx.set_suspended(&access, suspended, at).await?;
                let change = if suspended {
                    BotChangeFact::Suspended
                } else {
                    BotChangeFact::Resumed
                };
                let fact = Fact::BotChanged(BotFact {
                    change,
                    by: Some(caller.user_id),
                });
                record(tx.as_mut(), &access, &caller.actor(), fact, &[]).await?;
            }
            let bot = tx.bot(&access).await?;
            tx.commit().await?;
            Ok(bot)
        })
        .await
    }
}
