//! A channel on its way in: what was missed, then live. The order is that of `replay`, which does the same for a connection of
//! one stream; here other channels are live meanwhile.
//!
//! What happens while a channel comes in reaches it from the log, up to the number at which the topic lets it in. What another
//! channel of this socket is given of that anyway is left out: live, everything goes out once.

use std::time::Duration;

use domain::Error;
use domain::events::{LogPage, Recorded, Scope, StreamId, ending};
use domain::ids::BotId;
use domain::time::Timestamp;
use tokio::time::timeout;

use super::subscribe::Entry;
use super::wants::Want;
use super::{Channel, Multi, Tag, frames};
use crate::realtime::answers::Over;
use crate::realtime::close::Close;
use crate::realtime::frames::{event, presence};
use crate::realtime::outbox::{Drain, Frame, FrameKind};
use crate::realtime::presence::Seen;
use crate::realtime::replay::{PAGE, stall, veil};
use crate::realtime::topic::Join;

/// How long the end of a channel waits for the event behind it, if another channel gives that one.
const LAST_EVENT: Duration = Duration::from_secs(1);

/// Why a channel did not come in after all.
enum Exit {
    Withdrawn,
    /// The socket is closing.
    Closing,
}

impl Multi<'_> {
    pub(super) async fn enter(&self, entry: &Entry, id: Option<&str>) {
        let Entry {
            listening, channel, ..
        } = entry;
        let (subscribed, seen) = self.greet(entry, id);
        listening.channels.add(Want::new(*channel, Timestamp::now()));
        let entering = async {
            if let StreamId::Bot(bot) = entry.stream {
                let known = self.live.know_answers(bot).await;
                known.map_err(|error| self.fail(&error))?;
            }
            let first = self.replay(entry, subscribed).await?;
            self.join(entry, first).await
        };
        match entering.await {
            Ok(left) => {
                if let (Some(seen), Channel::Bot(bot)) = (seen, channel) {
                    self.catch_up(entry, *bot, &seen);
                }
                // The next request may end or narrow the channel that gives it: until then it has to be given.
                listening.seat.topic().reach(left).await;
            }
            Err(Exit::Withdrawn) => {
                listening.channels.remove(*channel);
                self.push(Frame::new(FrameKind::Direct, frames::withdrawn(*channel)));
            }
            Err(Exit::Closing) => {}
        }
    }

    /// What was asked for of the past, if all of it can be given. What is left to be told goes out when the channel is live: who
    /// has it misses nothing, signals included.
    async fn replay(&self, entry: &Entry, subscribed: Frame) -> Result<Vec<Frame>, Exit> {
        let Entry {
            stream,
            channel,
            range,
            greeting,
            ..
        } = entry;
        let mut first = vec![subscribed];
        let Some(range) = range else { return Ok(first) };
        let complete = match range.since.filter(|_| greeting.complete == Some(true)) {
            Some(since) => {
                self.say(&mut first).await;
                self.past(entry, since).await?
            }
            None => false,
        };
        first.push(frames::replayed(
            *channel,
            *stream,
            range.since,
            greeting.seq,
            complete,
        ));
        Ok(first)
    }

    /// Gives (since, greeting.seq]; false if a part of it went from the log meanwhile.
    async fn past(&self, entry: &Entry, since: i64) -> Result<bool, Exit> {
        let mut at = since;
        while at < entry.greeting.seq {
            let mut page = match self.page(entry, at).await {
                Ok(page) => page,
                // The event behind it has not been given, and must not be: a client would believe to have had all before it.
                Err(Error::NotFound(_)) => return Err(Exit::Withdrawn),
                Err(error) => return Err(self.fail(&error)),
            };
            if page.floor > at {
                return Ok(false);
            }
            veil(self.live, self.connection.user_id, &mut page.events)
                .await
                .map_err(|error| self.fail(&error))?;
            for fact in &page.events {
                self.give(fact, entry.channel).await;
            }
            at = page.reached.max(at + 1);
        }
        Ok(true)
    }

    async fn page(&self, entry: &Entry, at: i64) -> domain::Result<LogPage> {
        let scope = Scope {
            stream: entry.stream,
            session: entry.channel.session(),
        };
        let (user, head) = (self.connection.user_id, entry.greeting.seq);
        self.live.events.page(scope, user, at, Some(head), PAGE).await
    }

    /// Goes on from the greeting's number until the topic lets the channel in. What is read here happened after the rights were
    /// checked, so it may end them. Gives the number up to which events were left to other channels, 0 if none was.
    async fn join(&self, entry: &Entry, mut first: Vec<Frame>) -> Result<i64, Exit> {
        let Entry {
            listening,
            stream,
            channel,
            ..
        } = entry;
        let (mut at, mut stalls, mut left) = (entry.greeting.seq, 0, 0);
        loop {
            self.room().await;
            let up = self.live.bring_up(listening.seat.topic(), at).await;
            up.map_err(|error| self.fail(&error))?;
            let joined = || {
                listening.channels.go_live(*channel, at);
                first.drain(..).for_each(|frame| self.push(frame));
                self.show_answers(entry);
            };
            if listening.seat.join_channels(&listening.channels, at, joined) == Join::Joined {
                return Ok(left);
            }
            if self.connection.is_closing() {
                return Err(Exit::Closing);
            }
            self.say(&mut first).await;
            let page = self
                .live
                .events
                .page((*stream).into(), self.connection.user_id, at, None, PAGE);
            let page = page.await.map_err(|error| self.fail(&error))?;
            if page.floor > at {
                // It comes back with its numbers and is told that something is missing.
                self.connection.close(Close::GoingAway, Drain::Queued);
                return Err(Exit::Closing);
            }
            for fact in &page.events {
                if self.pass_on(entry, fact).await? {
                    left = fact.seq;
                }
            }
            if page.reached > at {
                at = page.reached;
            } else {
                stall(&self.connection, &mut stalls)
                    .await
                    .map_err(|_| Exit::Closing)?;
            }
        }
    }

    /// An event that happened while the channel comes in. True if it is left to another channel.
    async fn pass_on(&self, entry: &Entry, fact: &Recorded) -> Result<bool, Exit> {
        let tag = Tag::of(fact);
        let ends = ending(&fact.fact).concerns(self.connection.user_id);
        let gone = tag.deleted && tag.session.map(Channel::Session) == Some(entry.channel);
        let mine = match entry.channel {
            Channel::Session(session) => ends || tag.session == Some(session),
            Channel::Bot(_) | Channel::Notifications | Channel::Tasks => true,
        };
        let given = entry.listening.channels.covers(&tag, ends);
        if mine && !given {
            self.give(fact, entry.channel).await;
        }
        if !ends && !gone {
            return Ok(mine && given);
        }
        if given {
            // If that takes long, what ended the channel is told behind it.
            let topic = entry.listening.seat.topic();
            let _ = timeout(LAST_EVENT, topic.reach(fact.seq)).await;
        }
        Err(Exit::Withdrawn)
    }

    /// An event from the log.
    async fn give(&self, fact: &Recorded, channel: Channel) {
        self.room().await;
        self.live.note_end(fact, Over::InTheLog);
        if let Some(bytes) = event(fact) {
            self.push(Frame::new(FrameKind::Event(fact.seq), bytes).labelled(channel));
        }
    }

    async fn say(&self, first: &mut Vec<Frame>) {
        self.room().await;
        first.drain(..).for_each(|frame| self.push(frame));
    }

    /// What is being written, if it is this channel that it will go on by. To be called under the topic's lock.
    fn show_answers(&self, entry: &Entry) {
        let StreamId::Bot(bot) = entry.stream else { return };
        let channels = &entry.listening.channels;
        for (session, frame) in self.live.board.shown(bot, self.connection.user_id) {
            let name = match frame.kind {
                FrameKind::Delta { .. } => "chat_message_delta",
                FrameKind::Event(_)
                | FrameKind::ReplayComplete
                | FrameKind::Direct
                | FrameKind::Ephemeral => "answer_status",
            };
            if channels.way(name, Some(session)) == Some(entry.channel) {
                self.push(frame.labelled(entry.channel));
            }
        }
    }

    /// Who came, went or looked elsewhere between the greeting and the live fan-out.
    fn catch_up(&self, entry: &Entry, bot: BotId, seen: &Seen) {
        let user = self.connection.user_id;
        self.live.tell_since(bot, user, seen, |person, status| {
            let session = person.session_id;
            let bytes = presence(
                bot,
                Timestamp::now(),
                person.user_id,
                &person.username,
                status,
                session,
            );
            let frame = Frame::new(FrameKind::Ephemeral, bytes).labelled(entry.channel);
            // Withdrawn meanwhile, it is not told any more.
            entry.listening.steady(&self.connection, || {
                if entry.listening.channels.way("presence", None).is_some() {
                    self.push(frame);
                }
            });
        });
    }

    fn fail(&self, error: &Error) -> Exit {
        self.connection.close(Close::of(error), Drain::Nothing);
        Exit::Closing
    }
}
