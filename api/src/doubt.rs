//! Doubt whether what this node works on is wanted still: something happened on its bot, and what it was would have to be looked up.
//! On a busy bot there is always some doubt, so it is looked into now and then.

use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Between two looks at the same work.
const PAUSE: Duration = Duration::from_millis(250);

/// Until there is doubt, and the last look is not of a moment ago. A caller that goes away in between takes nothing with it.
pub async fn raised(doubt: &Notify, looked: Option<Instant>) {
    if let Some(looked) = looked {
        sleep_until(looked + PAUSE).await;
    }
    doubt.notified().await;
}
