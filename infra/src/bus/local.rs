//! The bus of a single process. Bounded: a receiver that falls 4,096 notices behind loses the oldest and is told so, which is
//! right between commit and dispatch (the log refills a hole) and would be wrong as a socket's queue.

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::Notice;

/// Notices that wait for the slowest receiver; beyond it, that receiver gets `Notice::Missed`.
const CAPACITY: usize = 4096;

#[derive(Debug, Clone)]
pub struct LocalBus {
    notices: broadcast::Sender<Notice>,
}

#[derive(Debug)]
pub struct LocalReceiver {
    notices: broadcast::Receiver<Notice>,
}

impl LocalBus {
    pub(super) fn new() -> Self {
        Self {
            notices: broadcast::Sender::new(CAPACITY),
        }
    }

    pub(super) fn send(&self, notice: Notice) {
        // An error says that nobody listens (start, stop, command line): what is committed waits in the log.
        let _ = self.notices.send(notice);
    }

    pub(super) fn subscribe(&self) -> LocalReceiver {
        LocalReceiver {
            notices: self.notices.subscribe(),
        }
    }
}

impl LocalReceiver {
    pub(super) async fn recv(&mut self) -> Option<Notice> {
        match self.notices.recv().await {
            Ok(notice) => Some(notice),
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(missed, "bus receiver fell behind");
                Some(Notice::Missed)
            }
            Err(RecvError::Closed) => None,
        }
    }
}
