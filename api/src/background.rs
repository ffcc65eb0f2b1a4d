//! What runs by the clock: roles that end at their date, the count of commits, retention. One task owns all of it.

use std::sync::Arc;
use std::time::Duration;

use infra::installation::{ANNOUNCE, Installation};
use infra::maintenance::{Retention, prune};
use infra::store::SqlStore;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// A role's end is recorded within a second of its date.
const ROLES: Duration = Duration::from_millis(500);
const COMMITS: Duration = Duration::from_secs(1);
/// Bytes that no document knows, left by a process that died in the middle of an upload.
const SWEEP: Duration = Duration::from_secs(60 * 60);
const RETENTION: Duration = Duration::from_secs(10 * 60);

fn every(period: Duration) -> tokio::time::Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Runs until `stopping`. Failures are logged, and tried again with the next tick. Side by side, since retention may have much
/// to do: the end of a role must not wait for it, nor a stop.
pub async fn run(
    app: Arc<App>,
    installation: Installation,
    store: SqlStore,
    retention: Retention,
    stopping: CancellationToken,
) {
    let all = async {
        tokio::join!(
            async {
                let mut ticks = every(ROLES);
                loop {
                    ticks.tick().await;
                    end_roles(&app).await;
                }
            },
            async {
                let mut ticks = every(COMMITS);
                loop {
                    ticks.tick().await;
                    log_failure("noting the commits", installation.note_commits().await);
                }
            },
            async {
                let mut ticks = every(ANNOUNCE);
                loop {
                    ticks.tick().await;
                    log_failure("announcing this node", installation.announce().await);
                }
            },
            async {
                let mut ticks = every(SWEEP);
                loop {
                    ticks.tick().await;
                    log_failure("sweeping blobs", app.blobs.sweep(&store, SWEEP).await.map(drop));
                }
            },
            async {
                let mut ticks = every(RETENTION);
                loop {
                    ticks.tick().await;
                    cut(&store, &retention).await;
                }
            },
        )
    };
    // Each piece of this work is a transaction of its own: cut short, it has done so many pieces.
    stopping.run_until_cancelled(all).await;
}

async fn cut(store: &SqlStore, retention: &Retention) {
    match prune(store, retention).await {
        Ok(pruned) => tracing::debug!(?pruned, "cut what was past its time"),
        Err(error) => log_failure("retention", Err(error)),
    }
}

async fn end_roles(app: &App) {
    loop {
        match app.sharing.end_expired().await {
            Ok(0) => return,
            Ok(ended) => tracing::info!(ended, "roles ended at their date"),
            Err(error) => return log_failure("ending roles", Err(error)),
        }
    }
}

fn log_failure(what: &str, result: domain::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "{what} failed; it is tried again");
    }
}
