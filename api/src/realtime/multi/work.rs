//! Doing what was asked, one request after the other, so that the answers come in the order of the questions.

use std::convert::Infallible;
use std::sync::atomic::Ordering;

use serde_json::{Map, Value};

use super::filter::Filter;
use super::request::Request;
use super::{Channel, Multi, NOT_FOUND, frames};
use crate::realtime::inbound::Refusal;
use crate::realtime::outbox::{Frame, FrameKind, lock};

impl Multi<'_> {
    pub(super) async fn work(&self) -> Infallible {
        loop {
            // Of its own statement: the lock is not held for what follows.
            let next = lock(&self.requests).pop_front();
            match next {
                Some((id, request)) => self.perform(request, id.as_deref()).await,
                None => self.asked.notified().await,
            }
        }
    }

    async fn perform(&self, request: Request, id: Option<&str>) {
        match request {
            Request::Subscribe(wanted) => self.subscribe(wanted, id).await,
            Request::Unsubscribe(names) => {
                for name in names {
                    self.room().await;
                    self.answered(self.unsubscribe(&name, id), &name, id);
                }
            }
            Request::Filter {
                channel,
                filter,
                told,
            } => {
                self.room().await;
                self.answered(self.narrow(&channel, filter, &told, id), &channel, id);
            }
            Request::History {
                channel,
                range,
                limit,
            } => {
                let done = self.history(&channel, &range, limit, id).await;
                self.answered(done, &channel, id);
            }
        }
    }

    pub(super) fn answered(&self, done: Result<(), Refusal>, channel: &str, id: Option<&str>) {
        if let Err(refusal) = done {
            self.refuse(refusal, Some(channel), id);
        }
    }

    fn unsubscribe(&self, name: &str, id: Option<&str>) -> Result<(), Refusal> {
        let channel = Channel::parse(name).ok_or(NOT_FOUND)?;
        let answer = || {
            let frame = frames::unsubscribed(channel, id);
            self.push(Frame::new(FrameKind::Direct, frame));
        };
        if channel == Channel::Tasks {
            let listener = lock(&self.tasks).take().ok_or(NOT_FOUND)?;
            listener.leave(answer);
            return Ok(());
        }
        let listening = self.listening_to(channel).ok_or(NOT_FOUND)?;
        // It may be withdrawn at this very moment; then that is the answer.
        let was_there = listening.steady(&self.connection, || {
            let was_there = listening.channels.remove(channel);
            if was_there {
                answer();
            }
            was_there
        });
        self.show_all_again(&listening);
        self.tidy();
        if was_there { Ok(()) } else { Err(NOT_FOUND) }
    }

    fn narrow(
        &self,
        name: &str,
        filter: Filter,
        told: &Map<String, Value>,
        id: Option<&str>,
    ) -> Result<(), Refusal> {
        let channel = Channel::parse(name).ok_or(NOT_FOUND)?;
        let answer = || {
            let frame = frames::filter_updated(channel, told, id);
            self.push(Frame::new(FrameKind::Direct, frame));
        };
        if channel == Channel::Tasks {
            let listener = lock(&self.tasks);
            listener.as_ref().ok_or(NOT_FOUND)?.narrow(filter, answer);
            return Ok(());
        }
        let listening = self.listening_to(channel).ok_or(NOT_FOUND)?;
        let was_there = listening.steady(&self.connection, || {
            let was_there = listening.channels.set_filter(channel, filter);
            if was_there {
                answer();
            }
            was_there
        });
        // Of what is being written, it may have missed a part.
        self.show_all_again(&listening);
        if was_there { Ok(()) } else { Err(NOT_FOUND) }
    }

    /// The channel that was on its way in is there, or will not come.
    pub(super) fn arrived(&self, listening: &super::Listening) {
        listening.joining.store(false, Ordering::Relaxed);
        listening.channels.forget_lost();
        self.tidy();
    }
}
