//! Taking away pieces of text that nobody sees any more. There may be a million of them, and a transaction may be the only
//! writer there is: so they go some at a time. A request hides them at once and removes what takes a moment; a job does the rest.

use super::job::Task;
use crate::access::Access;
use crate::error::Result;
use crate::ids::{BotId, DocumentId, JobId};
use crate::store::{Store, Tx, again};

/// Pieces that one transaction removes.
pub(super) const SOME: u64 = 1_000;
/// Transactions that a request takes for it.
const AT_ONCE: usize = 20;

/// Of a document that stays, and is not `Processed` by now: its next reading would meet them.
pub(super) async fn drop_text(tx: &mut dyn Tx, access: &Access, id: DocumentId) -> Result<()> {
    tx.log_document(access, id, true).await?;
    if tx.delete_chunks(access.bot_id(), id, SOME).await? == SOME {
        tx.insert_job(JobId::new(), access.bot_id(), Task::ClearDocument(id))
            .await?;
    }
    Ok(())
}

/// Of documents whose rows are gone, so that nothing comes after. False: there are more than a request should wait for.
pub(crate) async fn clear_texts(store: &dyn Store, bot: BotId, ids: &[DocumentId]) -> Result<bool> {
    again(|| async {
        let mut ids = ids.iter();
        let Some(mut id) = ids.next() else {
            return Ok(true);
        };
        for _ in 0..AT_ONCE {
            let mut tx = store.begin().await?;
            let mut left = SOME;
            while left > 0 {
                left -= tx.delete_chunks(bot, *id, left).await?.min(left);
                if left > 0 {
                    let Some(next) = ids.next() else {
                        tx.commit().await?;
                        return Ok(true);
                    };
                    id = next;
                }
            }
            tx.commit().await?;
        }
        Ok(false)
    })
    .await
}
