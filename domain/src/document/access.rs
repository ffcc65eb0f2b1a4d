//! From the id of a document to proof of the right to it.

use super::model::Document;
use crate::access::{Access, Action, authorize};
use crate::caller::Caller;
use crate::error::{Error, Result, Subject};
use crate::ids::DocumentId;
use crate::store::Tx;

pub(crate) async fn open_document(
    tx: &mut dyn Tx,
    caller: &Caller,
    id: DocumentId,
    action: Action,
) -> Result<(Access, Document)> {
    let document = tx.find_document(id).await?.ok_or(Subject::Document)?;
    match authorize(tx, caller, document.bot_id, action).await {
        Ok(access) => Ok((access, document)),
        Err(Error::NotFound(_)) => Err(Subject::Document.into()),
        Err(other) => Err(other),
    }
}
